from dataclasses import replace
from pathlib import Path

import pytest

from app.mixing.presets import EqualizerPresets
from app.mixing.settings import EqualizerSettings
from app.session.commands import SetBand
from app.session.equalizers import Equalizers
from app.session.history import History

EQUALIZER = EqualizerSettings().with_band(3, gain_db=-6.0)


class Desk:
    """A history and equalizers that work on it."""

    def __init__(self, folder: Path) -> None:
        self.history = History()
        self.failures: list[str] = []
        self.equalizers = Equalizers(
            lambda: self.history.document,
            self.history.do,
            self.failures.append,
            EqualizerPresets(folder / "none", folder / "own"),
        )

    def heard(self, strip: str) -> EqualizerSettings:
        return self.history.document.mix.strip(strip).equalizer


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    made = Desk(tmp_path)
    made.history.do(SetBand("bass", 3, EQUALIZER.bands[3]))
    return made


def test_copy_and_paste(desk: Desk) -> None:
    desk.equalizers.paste("drums")
    assert desk.heard("drums") == EqualizerSettings(), "nothing was copied yet"
    desk.equalizers.copy("bass")
    desk.equalizers.reset("bass")
    desk.equalizers.paste("drums")
    desk.equalizers.paste("electric_guitar")
    assert desk.heard("bass") == EqualizerSettings()
    assert desk.heard("drums") == desk.heard("electric_guitar") == EQUALIZER
    assert desk.history.undo_name == "Paste equalizer to electric guitar"
    desk.history.undo()
    desk.history.undo()
    assert desk.heard("drums") == EqualizerSettings()
    assert desk.history.undo_name == "Reset bass equalizer"
    with pytest.raises(ValueError):
        desk.equalizers.copy("flute")


def test_a_and_b(desk: Desk) -> None:
    assert desk.equalizers.side("bass") == "A"
    desk.equalizers.swap("bass")
    assert desk.equalizers.side("bass") == "B"
    desk.history.do(SetBand("bass", 3, replace(EQUALIZER.bands[3], gain_db=5.0)))
    desk.equalizers.swap("bass")
    assert desk.heard("bass") == EQUALIZER
    assert (desk.equalizers.side("bass"), desk.equalizers.side("drums")) == ("A", "A")
    desk.history.undo()
    assert desk.equalizers.side("bass") == "B", "undo knows which one is heard"
    assert desk.heard("bass").bands[3].gain_db == 5.0


def test_presets_of_the_user(desk: Desk, tmp_path: Path) -> None:
    saved = desk.equalizers.save_preset("bass", "Mine")
    assert saved is not None
    assert desk.equalizers.presets("bass") == (saved,)
    assert desk.equalizers.presets("drums") == ()
    desk.equalizers.use_preset("drums", saved)
    assert desk.heard("drums") == EQUALIZER
    assert desk.history.undo_name == "Drums preset “Mine”"
    desk.equalizers.delete_preset(saved)
    assert desk.equalizers.presets("bass") == ()
    assert desk.equalizers.save_preset("bass", "") is None
    desk.equalizers.delete_preset(replace(saved, path=None))
    assert len(desk.failures) == 2
