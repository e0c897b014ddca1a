"""The frozen mix."""

import math
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace

import pytest

from app.mixing.settings import (
    DEFAULT_BANDS,
    BandKind,
    BandSettings,
    EqualizerSettings,
    LimiterSettings,
    MixSettings,
    StripSettings,
)
from models.instruments import STEMS


def heard(mix: MixSettings) -> list[str]:
    return [name for name, audible in zip(STEMS, mix.audible, strict=True) if audible]


def test_audible_strips() -> None:
    mix = MixSettings()
    assert mix.audible == (True,) * 7
    mix = mix.with_strip("piano", mute=True)
    assert [name for name in STEMS if name not in heard(mix)] == ["piano"]
    mix = mix.with_strip("bass", solo=True).with_strip("other", solo=True)
    assert heard(mix) == ["bass", "other"]
    assert not any(mix.with_strip("bass", mute=True).with_strip("other", solo=False).audible)


def test_a_solo_safe_strip_is_heard_beside_a_solo_unless_it_is_muted() -> None:
    mix = MixSettings().with_strip("drums", solo_safe=True)
    assert heard(mix) == list(STEMS)
    mix = mix.with_strip("vocals", solo=True)
    assert set(heard(mix)) == {"vocals", "drums"}
    assert heard(mix.with_strip("drums", mute=True)) == ["vocals"]


def test_a_changed_strip_leaves_the_others_and_the_original() -> None:
    mix = MixSettings()
    changed = mix.with_strip("drums", gain_db=-3.0)
    assert changed.strip("drums").gain_db == -3.0
    assert mix.strip("drums").gain_db == 0.0
    assert changed.with_strip("drums", gain_db=0.0) == mix
    with pytest.raises(ValueError, match="tuple"):
        mix.with_strip("kazoo", gain_db=0.0)


def test_a_changed_band_leaves_the_others() -> None:
    changed = EqualizerSettings().with_band(3, gain_db=-4.0)
    assert changed.bands[3].gain_db == -4.0
    assert changed.bands[:3] + changed.bands[4:] == DEFAULT_BANDS[:3] + DEFAULT_BANDS[4:]
    assert changed.with_band(3, gain_db=0.0) == EqualizerSettings()


@pytest.mark.parametrize(
    "make",
    [
        lambda: StripSettings(gain_db=12.1),
        lambda: StripSettings(gain_db=math.nan),
        lambda: StripSettings(pan=1.01),
        lambda: StripSettings(pan=math.nan),
        lambda: StripSettings(width=2.1),
        lambda: StripSettings(width=-0.1),
        lambda: EqualizerSettings().with_band(2, gain_db=-24.1),
        lambda: EqualizerSettings().with_band(2, gain_db=math.nan),
        lambda: EqualizerSettings().with_band(6, frequency_hz=19.0),
        lambda: EqualizerSettings().with_band(6, frequency_hz=20_001.0),
        lambda: EqualizerSettings().with_band(2, q=0.0),
        lambda: EqualizerSettings().with_band(2, q=18.1),
        lambda: EqualizerSettings().with_band(0, slope_db_per_octave=18),
        lambda: EqualizerSettings().with_band(0, kind=BandKind.PEAK),
        lambda: EqualizerSettings(DEFAULT_BANDS[:7]),
        lambda: LimiterSettings(ceiling_dbtp=0.1),
        lambda: LimiterSettings(ceiling_dbtp=math.nan),
        lambda: MixSettings(strips=()),
        lambda: MixSettings(master_gain_db=13.0),
        lambda: MixSettings(mute_groups=((),)),
        lambda: MixSettings(links=(("kazoo", "bass"),)),
        lambda: MixSettings(links=(("drums", "bass"), ("bass", "other"))),
    ],
)
def test_values_out_of_range_are_refused(make: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=r"must lie|must be|must have|strips, not|an equalizer has|mute groups|strip"):
        make()


def test_flat_equalizers() -> None:
    assert EqualizerSettings().is_flat
    assert not EqualizerSettings().with_band(6, gain_db=-0.1).is_flat
    assert EqualizerSettings().with_band(6, gain_db=-0.1, on=False).is_flat
    assert not EqualizerSettings().with_band(0, on=True).is_flat
    assert replace(EqualizerSettings().with_band(0, on=True), bypass=True).is_flat
    assert BandSettings(BandKind.PEAK, True, 100.0).is_flat


def test_the_number_keys_at_first() -> None:
    groups = MixSettings().mute_groups
    assert len(groups) == 9
    assert [group[0] for group in groups[:7]] == list(STEMS)
    assert groups[7] == ("electric_guitar", "acoustic_guitar")
    assert set(groups[8]) == set(STEMS) - {"vocals"}


def test_the_window_need_not_wait_for_the_engine() -> None:
    """What the window imports to show itself loads none of the slow libraries."""
    code = (
        "import sys, app.audio.decode, app.audio.encode, app.song.song, app.mixing.mixer, app.mixing.mix_file\n"
        "slow = {'torch', 'numba', 'av', 'soundfile', 'scipy', 'sounddevice'} & set(sys.modules)\n"
        "print('loaded:', *slow)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "loaded:\n"
