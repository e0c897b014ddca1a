"""Whatever a listener does, as fast as they like: nothing breaks, nothing but sound is heard, nothing piles up."""

import os
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.mixing.settings import LimiterSettings, MixSettings
from app.playback.output import LATENCIES_S, OutputSettings
from app.playback.player import Player
from app.playback.settings import MetronomeSettings
from app.song.song import Song
from app.song.tempo import Tempo
from models.instruments import STEMS
from tests.app.playback.desk import Desk
from tests.audio_server import AudioServer
from tests.songs import separated_song

CHANGES = 10_000
EVERYTHING = ("mix", "glide", "seek", "loop", "transport", "ways", "speed", "scrub", "device", "load")
LEVEL_LIMIT = 1000.0
TAKES = 4


@pytest.fixture
def songs(tmp_path: Path) -> Iterator[list[Song]]:
    songs = []
    for index, rate in enumerate((44100, 44100, 48000)):
        (tmp_path / str(index)).mkdir()
        songs.append(separated_song(tmp_path / str(index), 3 * rate, rate))
    yield songs
    for song in songs:
        song.close()


def random_mix(chance: random.Random, mix: MixSettings) -> MixSettings:
    """One control somewhere else."""
    stem = chance.choice(STEMS)
    strip = mix.strip(stem)
    change = chance.randrange(10)
    if change == 0:
        return mix.with_strip(stem, gain_db=chance.uniform(-60.0, 6.0))
    if change == 1:
        return mix.with_strip(stem, pan=chance.uniform(-1.0, 1.0))
    if change == 2:
        return mix.with_strip(stem, mute=not strip.mute)
    if change == 3:
        return mix.with_strip(stem, solo=not strip.solo)
    if change == 4:
        return replace(mix, master_gain_db=chance.uniform(-20.0, 3.0))
    if change == 5:
        return mix.with_strip(stem, width=chance.uniform(0.0, 2.0), invert_polarity=chance.random() < 0.5)
    if change == 6:
        return replace(mix, limiter=LimiterSettings(chance.random() < 0.5, chance.uniform(-12.0, 0.0)))
    if change == 7:
        equalizer = strip.equalizer.with_band(
            chance.randrange(8), on=chance.random() < 0.8, frequency_hz=20.0 * 1000.0 ** chance.random(),
            q=chance.uniform(0.3, 5.0), gain_db=chance.uniform(-24.0, 12.0),
            slope_db_per_octave=chance.choice([12, 24]),
        )  # fmt: skip
        return mix.with_strip(stem, equalizer=replace(equalizer, bypass=chance.random() < 0.1))
    if change == 8:
        return mix.with_strip(stem, solo_safe=not strip.solo_safe)
    activation = replace(
        strip.activation, mode=chance.choice(["off", "soft", "hard"]), threshold=chance.uniform(0.1, 0.9),
        median_frames=chance.choice([1, 9, 21]), hysteresis=chance.random(), minimum_frames=chance.randrange(1, 40),
    )  # fmt: skip
    return mix.with_strip(stem, activation=activation)


Do = Callable[[Callable[[], object]], object]
"""Does something that waits for the output, which somebody may have to drive."""


def change_anything(chance: random.Random, player: Player, songs: list[Song], do: Do) -> str:
    """What hands and a mouse can do, faders most of all; says what was done."""
    song = songs[0]

    def seek() -> None:
        player.seek(chance.randrange(-10, song.frames + 1000))

    def loop() -> None:
        start = chance.randrange(song.frames)
        player.loop = chance.choice([None, (start, start + chance.randrange(1, song.rate))])

    def transport() -> None:
        chance.choice([player.play, player.play, player.pause, player.stop, player.toggle])()

    def ways() -> None:
        player.repeat_song = chance.random() < 0.5
        player.compare = chance.random() < 0.5
        player.count_in = chance.random() < 0.2
        player.pre_roll_s = chance.choice([0.0, 0.5])
        player.metronome = MetronomeSettings(chance.random() < 0.5, -20.0, Tempo(chance.uniform(60.0, 200.0), 500, 3))

    def speed() -> None:
        player.tempo = chance.choice([1.0, 1.0, 0.5, 0.8, 2.0])
        player.transpose_semitones = chance.choice([0.0, 0.0, -12.0, 0.5, 7.0])

    def scrub() -> None:
        player.scrub(chance.choice([None, chance.randrange(song.frames)]))

    def glide() -> None:
        player.glide_to(random_mix(chance, player.mix), chance.uniform(0.0, 0.5))

    def mix() -> None:
        player.mix = random_mix(chance, player.mix)

    def device() -> None:
        settings = OutputSettings(rate=chance.choice([None, None, 44100, 48000]), latency_s=chance.choice(LATENCIES_S))
        do(lambda: player.set_output(settings))

    def load() -> None:
        do(player.unload)
        songs.append(songs.pop(0))
        player.mix, player.tempo, player.transpose_semitones = MixSettings(), 1.0, 0.0
        do(lambda: player.load(songs[0], player.mix))
        player.play()

    weights = {
        mix: 600, glide: 50, seek: 120, loop: 50, transport: 100, ways: 20, speed: 20, scrub: 40, device: 2, load: 4
    }  # fmt: skip
    action = chance.choices(list(weights), list(weights.values()))[0]
    action()
    return action.__name__


def resident_bytes() -> int:
    """Memory of this process that is not a mapped file."""
    fields = Path("/proc/self/statm").read_text().split()
    return (int(fields[1]) - int(fields[2])) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is only looked up on Linux")
def test_ten_thousand_changes_by_hand(songs: list[Song]) -> None:
    chance = random.Random(1)
    desk = Desk(waiting=False)
    loudest, sounded, memory, done = 0.0, 0, [], Counter[str]()
    try:
        desk.player.load(songs[0], MixSettings())
        for number in range(CHANGES):
            done[change_anything(chance, desk.player, songs, desk.pulling_meanwhile)] += 1
            if number % 3 == 0:
                block = desk.pull(chance.choice([32, 256, 512]))
                assert np.isfinite(block).all()
                loudest = max(loudest, float(np.abs(block).max()))
                sounded += bool(block.any())
            if number % 500 == 0 and number >= CHANGES // 2:
                memory.append(resident_bytes())
    finally:
        desk.player.close()
    assert done.total() == CHANGES
    assert min(done[name] for name in EVERYTHING) >= 10, done
    assert loudest < LEVEL_LIMIT
    assert sounded > CHANGES / 20, "much of the time something was heard"
    assert memory[-1] - memory[0] < 16e6


def test_a_storm_through_the_sound_card(
    sound_card: AudioServer, songs: list[Song], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A quarter of a second is queued: short stalls of a busy machine are not what this is about."""
    monkeypatch.setattr(f"{__name__}.LATENCIES_S", (0.25,))
    for take in range(TAKES):  # a stall may still let the stream run empty; that is noticed, and it is taken again
        chance, done, dropouts = random.Random(take), Counter[str](), 0
        player = Player(OutputSettings(latency_s=0.25))
        try:
            with sound_card.recording() as recording:
                player.load(songs[0], MixSettings())
                player.play()
                deadline_s = time.monotonic() + 3.0
                while time.monotonic() < deadline_s:
                    dropouts = max(dropouts, player.dropouts)
                    done[change_anything(chance, player, songs, lambda action: action())] += 1
                    time.sleep(0.0005)
                dropouts, line = max(dropouts, player.dropouts), player.device_line
        finally:
            player.close()
        if dropouts == 0:
            break
    assert "No audio" not in line
    assert dropouts == 0
    assert done.total() > 100
    assert np.isfinite(recording.samples).all()
    assert recording.samples.any()
