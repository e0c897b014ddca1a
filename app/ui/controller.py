"""What the actions do that need no dialog."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from app.mixing.settings import MUTE_GROUPS, MixSettings
from app.session.commands import ReplaceMix, ResetMix, SetLimiter, SetMute, SetSolo, ToggleMuteGroup
from app.session.document import SNAPSHOT_NAMES
from app.session.session import Session
from app.ui.mixer_panel import MixerPanel
from app.ui.practice_controls import PracticeControls
from app.ui.snapshot_bar import store_snapshot
from app.ui.timeline.timeline import Timeline
from models.instruments import STEMS


class Controller:
    """Turns actions into calls of the session, its player, and the views."""

    def __init__(self, session: Session, timeline: Timeline, mixer: MixerPanel) -> None:
        self._session = session
        self._timeline = timeline
        self._mixer = mixer
        self.practice = PracticeControls(session)

    def handlers(self) -> dict[str, Callable[[], object]]:
        """For each action what it calls."""
        session, player = self._session, self._session.player
        handlers: dict[str, Callable[[], object]] = {
            "undo": session.undo,
            "redo": session.redo,
            "reset_mix": partial(session.do, ResetMix()),
            "play": player.toggle,
            "stop": player.stop,
            "home": partial(player.seek, 0),
            "back": partial(self.seek_by, -5.0),
            "forward": partial(self.seek_by, 5.0),
            "back_little": partial(self.seek_by, -1.0),
            "forward_little": partial(self.seek_by, 1.0),
            "loop_start": self.practice.start_loop_here,
            "loop_stop": self.practice.stop_loop_here,
            "loop": self.practice.toggle_loop,
            "repeat": self.practice.toggle_repeat,
            "compare": self.practice.toggle_compare,
            "slower": partial(self.practice.change_tempo, -0.05),
            "faster": partial(self.practice.change_tempo, 0.05),
            "lower": partial(self.practice.change_pitch, -1.0),
            "higher": partial(self.practice.change_pitch, 1.0),
            "metronome": self.practice.toggle_metronome,
            "count_in": self.practice.toggle_count_in,
            "tap_tempo": session.tempo.tap,
            "other_separator": session.separators.hear_other,
            "separate": session.separate,
            "cancel_separation": session.cancel_separation,
            "solo_selected": partial(self._selected, self.toggle_solo),
            "mute_selected": partial(self._selected, self.toggle_mute),
            "equalizer_selected": partial(self._selected, self._mixer.open_equalizer),
            "practice_without": partial(session.practice, "without"),
            "practice_only": partial(session.practice, "only"),
            "practice_quieter": partial(session.practice, "quieter"),
            "limiter": self.toggle_limiter,
            "reset_loudness": self._mixer.master.reset_loudness,
            "reset_clip": self._mixer.reset_clip,
            "unsolo_all": self.unsolo_all,
        }
        handlers |= self._timeline.handlers()
        for stem in STEMS:
            handlers[f"solo:{stem}"] = partial(self.toggle_solo, stem)
            handlers[f"mute:{stem}"] = partial(self.toggle_mute, stem)
        for number in range(1, MUTE_GROUPS + 1):
            handlers[f"mute_group:{number}"] = partial(session.do, ToggleMuteGroup(number))
        for index in range(len(SNAPSHOT_NAMES)):
            handlers[f"recall:{index}"] = partial(session.recall_snapshot, index)
            handlers[f"store:{index}"] = partial(store_snapshot, session, index)
        return handlers

    def seek_by(self, seconds: float) -> None:
        """Move the play position, within the song."""
        song, player = self._session.song, self._session.player
        if song:
            player.seek(min(song.frames, max(0, player.position + round(seconds * song.rate))))

    def toggle_solo(self, stem: str) -> None:
        """Solo a strip, or no more."""
        self._session.do(SetSolo(stem, not self._session.mix.strip(stem).solo))

    def toggle_mute(self, stem: str) -> None:
        """Mute a strip, or no more."""
        self._session.do(SetMute(stem, not self._session.mix.strip(stem).mute))

    def toggle_limiter(self) -> None:
        """Switch the master's limiter."""
        limiter = self._session.mix.limiter
        self._session.do(SetLimiter(replace(limiter, on=not limiter.on)))

    def unsolo_all(self) -> None:
        """Hear everything again."""
        mix = self._session.mix
        strips = tuple(replace(strip, solo=False) for strip in mix.strips)
        self._replace_mix(replace(mix, strips=strips), "Take all solos off")

    def _replace_mix(self, mix: MixSettings, name: str) -> None:
        self._session.do(ReplaceMix(mix, name))

    def _selected(self, toggle: Callable[[str], None]) -> None:
        stem = self._mixer.selected_stem
        if stem is not None:
            toggle(stem)
