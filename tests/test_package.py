"""What is installed is all that runs: settings, weights, presets and pictures lie beside the code."""

from pathlib import Path

import pytest

setuptools = pytest.importorskip("setuptools")

ROOT = Path(__file__).parents[1]
NOT_INSTALLED = {"resources/pictures", "resources/setup", "resources/partwise.desktop"}


def test_every_file_beside_the_code_is_packaged(monkeypatch: pytest.MonkeyPatch) -> None:
    from setuptools.config.pyprojecttoml import apply_configuration

    monkeypatch.chdir(ROOT)
    command = apply_configuration(
        setuptools.Distribution({"script_name": "setup.py"}), "pyproject.toml"
    ).get_command_obj("build_py")
    command.ensure_finalized()
    packaged = {Path(file) for _, _, file in command.find_all_modules()}
    packaged |= {Path(folder) / name for _, folder, _, names in command.data_files for name in names}
    for top in ("app", "models", "resources"):
        for path in sorted(ROOT.joinpath(top).rglob("*")):
            name = path.relative_to(ROOT)
            if path.is_dir() or "__pycache__" in name.parts or any(name.is_relative_to(rest) for rest in NOT_INSTALLED):
                continue
            assert name in packaged, f"{name} is not installed"
