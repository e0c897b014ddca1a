import re
from pathlib import Path

import pytest

from app.headless.activations import activations
from app.headless.arguments import ActivationsArguments, parse
from app.headless.console import UsageError
from app.song.activation_files import ACTIVATION_FORMATS
from app.song.regions import Region, read_labels
from models.instruments import INSTRUMENTS
from tests.app.headless.command_line import FAKE, left_behind, partwise
from tests.songs import noise, write_wav


def test_labels_from_the_command_line(tmp_path: Path) -> None:
    song = write_wav(tmp_path / "song.wav", noise(20_000), 8000)
    command = ("activations", song, "--format", "labels", "--output", tmp_path / "labels.txt")
    ended = partwise(*command, *FAKE)
    assert ended.status == 0, ended
    assert ended.out == f"Wrote {tmp_path / 'labels.txt'} (6 regions).\n"
    whole = {Region(0.0, 2.5, instrument) for instrument in INSTRUMENTS}
    assert set(read_labels((tmp_path / "labels.txt").read_text())) == whole
    assert left_behind(tmp_path) == ["labels.txt", "song.wav"]


@pytest.mark.parametrize(
    ("output", "reason"),
    [("", "it is a folder"), ("there.csv", "use --overwrite"), ("none/a.csv", "There is no folder")],
)
def test_an_output_that_cannot_be(tmp_path: Path, output: str, reason: str) -> None:
    (tmp_path / "there.csv").touch()
    found = parse(["activations", "song.wav", "--output", str(tmp_path / output)])
    assert isinstance(found, ActivationsArguments)
    with pytest.raises(UsageError, match=re.escape(reason)):
        activations(found)


def test_the_formats_are_those_that_there_are() -> None:
    from app.headless import arguments

    assert arguments.ACTIVATION_FORMATS == ACTIVATION_FORMATS
