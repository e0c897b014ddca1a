"""The environment of training is set once, and what a person has set is kept."""

import os
import sys

import pytest

from models.training.environment import ENVIRONMENT, restart_in_environment

if not sys.platform.startswith("linux"):
    pytest.skip("only where the C library is glibc", allow_module_level=True)


def test_it_starts_again_with_the_environment_and_the_same_arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[str, list[str], dict[str, str]]] = []
    monkeypatch.setattr(os, "execve", lambda *arguments: calls.append(arguments))
    for name in ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GOMP_SPINCOUNT", "7")
    monkeypatch.setattr(sys, "orig_argv", ["python", "-m", "models.train", "--data", "x"])
    restart_in_environment()
    ((program, arguments, environment),) = calls
    assert arguments == [program, "-m", "models.train", "--data", "x"]
    assert environment["MALLOC_MMAP_MAX_"] == "0"
    assert environment["GOMP_SPINCOUNT"] == "7"
    assert environment["PATH"] == os.environ["PATH"]


def test_once_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "execve", lambda *_: pytest.fail("started again"))
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    restart_in_environment()
