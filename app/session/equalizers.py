"""What one does with whole equalizers: copy and paste, compare two, keep and use presets."""

from collections.abc import Callable

from app.errors import PresetError
from app.mixing.presets import EqualizerPreset, EqualizerPresets
from app.mixing.settings import EqualizerSettings
from app.session.commands import Command, SetEqualizer, SwapEqualizer
from app.session.commands.base import title
from app.session.document import Document, Side
from models.instruments import STEMS


class Equalizers:
    """The equalizers of a session's strips. All that changes them is a step to undo."""

    def __init__(
        self,
        document: Callable[[], Document],
        do: Callable[[Command], object],
        failed: Callable[[str], None],
        presets: EqualizerPresets,
    ) -> None:
        """`document` tells the present one, `do` makes a step, `failed` tells the user a sentence."""
        self.copied: EqualizerSettings | None = None
        self._document = document
        self._do = do
        self._failed = failed
        self._presets = presets

    def copy(self, strip: str) -> None:
        """Remember that strip's equalizer for `paste`. Raises ValueError for an unknown strip."""
        self.copied = self._document().mix.strip(strip).equalizer

    def paste(self, strip: str) -> None:
        """Put the copied equalizer into that strip, if there is one."""
        if self.copied is not None:
            self._do(SetEqualizer(strip, self.copied, f"Paste equalizer to {title(strip).lower()}"))

    def reset(self, strip: str) -> None:
        """Put all bands back to where they do nothing."""
        self._do(SetEqualizer(strip, EqualizerSettings(), f"Reset {title(strip).lower()} equalizer"))

    def swap(self, strip: str) -> None:
        """Hear the other one of that strip's two equalizers, A or B. The first time B is a copy of A."""
        self._do(SwapEqualizer(strip))

    def side(self, strip: str) -> Side:
        """Which of the two is heard."""
        return self._document().sides[STEMS.index(strip)].side

    def presets(self, strip: str) -> tuple[EqualizerPreset, ...]:
        """Those meant for that strip, the user's own last."""
        return self._presets.for_stem(strip)

    def use_preset(self, strip: str, preset: EqualizerPreset) -> None:
        """Put a preset into that strip."""
        self._do(SetEqualizer(strip, preset.equalizer, f"{title(strip)} preset “{preset.name}”"))

    def save_preset(self, strip: str, name: str) -> EqualizerPreset | None:
        """Keep that strip's equalizer as a preset for such strips; one of the same name is replaced."""
        try:
            return self._presets.save(name, (strip,), self._document().mix.strip(strip).equalizer)
        except PresetError as error:
            self._failed(str(error))
            return None

    def delete_preset(self, preset: EqualizerPreset) -> None:
        """Delete a preset of the user."""
        try:
            self._presets.delete(preset)
        except PresetError as error:
            self._failed(str(error))
