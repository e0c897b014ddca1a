from collections.abc import Iterator
from pathlib import Path

import pytest

from app.errors import PartwiseError
from app.headless.arguments import parse
from app.headless.console import UsageError
from app.headless.models import models
from app.headless.models_arguments import ModelsArguments
from app.session.model_speed import load_speeds, measure_speed
from models.manager.library import Library
from models.registry import DEFAULT, FOLDER_VARIABLE
from tests.app.ui.model_library import make_library
from tests.models.manager.model_server import ModelServer, served


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with served() as server:
        yield server


@pytest.fixture
def library(server: ModelServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Library:
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "models"))
    return make_library(server)


def run(library: Library, line: str) -> int:
    arguments = parse(["models", *line.split()])
    assert isinstance(arguments, ModelsArguments)
    return models(arguments, library)


def test_get_list_verify_remove(library: Library, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(library, "get certain") == 0
    out, err = capsys.readouterr()
    assert "0 MB from 127.0.0.1; licence CC BY-NC-SA 4.0" in err
    assert "forbids commercial use" in err
    assert out.startswith("Installed Certain in ")
    assert "With it you also have spleeter+iass-six" in out

    assert run(library, "list") == 0
    out = capsys.readouterr().out
    assert "certain: Certain – installed" in out
    assert f"{DEFAULT}: IASS six – comes with Partwise" in out
    assert "doubtful: Doubtful – not installed" in out
    assert "its SHA-256 is not known in full" in out

    assert run(library, "verify") == 0
    out = capsys.readouterr().out
    assert "certain: its hashes are right" in out
    assert f"{DEFAULT}: it can be read" in out
    assert run(library, "get certain") == 0
    assert "is here already" in capsys.readouterr().out
    assert run(library, "remove certain") == 0
    assert library.state("certain") == "absent"


def test_damage_is_told_and_the_others_are_verified(library: Library, capsys: pytest.CaptureFixture[str]) -> None:
    run(library, "get certain")
    weights = library.root / "certain" / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1])
    capsys.readouterr()
    assert run(library, "verify") == 1
    out, err = capsys.readouterr()
    assert "“certain” are damaged" in err
    assert DEFAULT in out
    with pytest.raises(PartwiseError, match="damaged"):
        run(library, "verify certain")


def test_unknown_hash_is_for_those_who_ask_for_it(library: Library) -> None:
    with pytest.raises(UsageError, match=r"only if you trust that address\. Add --unverified if you do\.$"):
        run(library, "get doubtful")
    assert run(library, "get doubtful --unverified") == 0


def test_import(library: Library, tmp_path: Path, server: ModelServer, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "certain.bin"
    path.write_bytes(server.files["certain.bin"].data)
    assert run(library, f"import certain {path}") == 0
    assert "it is the published file" in capsys.readouterr().out
    assert server.requests == []


@pytest.mark.parametrize("line", ["get nothing", "remove nothing", f"remove {DEFAULT}", "verify nothing"])
def test_mistakes_are_one_sentence(library: Library, line: str) -> None:
    with pytest.raises(PartwiseError, match=r"^[^\n]+\.$"):
        run(library, line)


@pytest.mark.parametrize("line", ["", "get", "import certain", "steal certain"])
def test_wrong_usage(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(["models", *line.split()])
    assert ended.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_speed_is_measured_in_a_process_and_remembered(tmp_path: Path) -> None:
    fractions: list[float] = []
    share = measure_speed(
        "fake", fractions.append, root=tmp_path, factory="tests.fake_separator:load_slow", seconds=3.0
    )
    assert 0.1 <= share < 3.0
    assert fractions[-1] == 1.0
    assert load_speeds(tmp_path) == {"fake": round(share, 4)}
    (tmp_path / "speed.json").write_text('{"fake": "fast", "other": 0.5}')
    assert load_speeds(tmp_path) == {"other": 0.5}
    (tmp_path / "speed.json").write_text("{")
    assert load_speeds(tmp_path) == {}
