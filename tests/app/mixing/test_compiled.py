"""Compiled code is kept on the disk: every file that it depends on must be among those that it is kept for."""

import ast
import os
import time
from functools import lru_cache
from pathlib import Path

from app.mixing import compiled
from app.mixing.compiled import SOURCES

ROOT = Path(__file__).parents[3]
COMPILERS = {"inner", "entry", "compiled", "intrinsic", "cfunc", "njit"}


@lru_cache
def top_level(name: str) -> dict[str, ast.stmt]:
    """What a file of the project defines or imports, by name."""
    found: dict[str, ast.stmt] = {}
    for node in ast.parse((ROOT / f"{name}.py").read_text()).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found[node.name] = node
        elif isinstance(node, ast.ImportFrom | ast.Import):
            for alias in node.names:
                found[alias.asname or alias.name] = node
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                for part in ast.walk(target):
                    if isinstance(part, ast.Name):
                        found[part.id] = node
    return found


def file_of(module: str | None) -> str | None:
    """The project's file of that module, without its suffix."""
    name = (module or "").replace(".", "/")
    return name if name and (ROOT / f"{name}.py").exists() else None


def follow(file: str, name: str, seen: set[tuple[str, str]]) -> None:
    """Add to `seen` what the definition of a name in a file makes use of, as far as it lies within the project."""
    node = top_level(file).get(name)
    if node is None or (file, name) in seen:
        return
    seen.add((file, name))
    if isinstance(node, ast.ImportFrom):
        original = next(alias.name for alias in node.names if (alias.asname or alias.name) == name)
        whole, part = file_of(f"{node.module}.{original}"), file_of(node.module)
        if whole is not None:
            seen.add((whole, ""))
        elif part is not None:
            follow(part, original, seen)
    elif not isinstance(node, ast.Import):
        for inside in ast.walk(node):
            if isinstance(inside, ast.Name):
                follow(file, inside.id, seen)
            elif isinstance(inside, ast.Attribute) and isinstance(inside.value, ast.Name):
                origin = top_level(file).get(inside.value.id)
                if isinstance(origin, ast.ImportFrom) and (module := file_of(f"{origin.module}.{inside.value.id}")):
                    follow(module, inside.attr, seen)


def compiled_functions(file: str) -> list[str]:
    """The functions of a file that are compiled: decorated, handed to a compiler, or called by its name."""
    names = []
    for name, node in top_level(file).items():
        parts = list(ast.walk(node))
        uses = {part.id for part in parts if isinstance(part, ast.Name)}
        uses |= {part.attr for part in parts if isinstance(part, ast.Attribute)}
        if isinstance(node, ast.FunctionDef) and node.name not in COMPILERS and uses & COMPILERS:
            names.append(name)
    return names


@lru_cache
def needed() -> set[str]:
    """All files that the application's compiled code depends on."""
    seen: set[tuple[str, str]] = set()
    for path in sorted((ROOT / "app").rglob("*.py")):
        if (ROOT / "app" / "ui") in path.parents:  # painting is kept beside its own files, and depends on no other
            continue
        text = path.read_text()
        if "numba" in text or any(f"@{name}" in text for name in COMPILERS):
            file = str(path.relative_to(ROOT).with_suffix(""))
            for name in compiled_functions(file):
                follow(file, name, seen)
    return {file for file, _ in seen}


def test_all_that_compiled_code_depends_on_is_listed() -> None:
    missing = needed() - set(SOURCES)
    assert not missing, f"add to app.mixing.compiled.SOURCES: {sorted(missing)}"


def test_the_look_at_the_sources_finds_them() -> None:
    """Else the test above would say nothing."""
    assert {
        "app/mixing/glide", "app/mixing/kernel_layout", "app/mixing/limiter_kernel", "app/mixing/loudness_kernel",
        "app/mixing/true_peak", "app/mixing/settings", "app/playback/layout", "app/playback/transport",
        "app/playback/stretch", "models/instruments",
    } <= needed()  # fmt: skip


def test_each_source_is_there() -> None:
    assert [name for name in SOURCES if file_of(name.replace("/", ".")) is None] == []
    assert list(SOURCES) == sorted(set(SOURCES))


def test_only_what_was_compiled_long_ago_is_deleted(tmp_path: Path) -> None:
    used, fresh, old, foreign = (tmp_path / f"compiled-{name}" for name in ("0" * 16, "1" * 16, "2" * 16, "of-mine"))
    for folder in (used, fresh, old, foreign):
        folder.mkdir()
        (folder / "code.nbi").write_bytes(b"")
    long_ago = time.time() - 30 * 86400
    for folder in (used, old, foreign):
        os.utime(folder, (long_ago, long_ago))
    compiled._remove_unused(used)
    assert sorted(tmp_path.iterdir()) == sorted([used, fresh, foreign])
