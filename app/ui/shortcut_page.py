"""Writes `resources/shortcuts.md`, the keyboard shortcuts as a page: `python -m app.ui.shortcut_page`."""

from pathlib import Path
from typing import Final

from PySide6.QtGui import QKeySequence

from app.ui.shortcut_table import shortcut_sections
from app.ui.theme import RESOURCES

PAGE: Final = RESOURCES / "shortcuts.md"


def page_text() -> str:
    """The page in Markdown, a table for each section; on macOS read Cmd for Ctrl."""
    lines = ["# Keyboard shortcuts", "", "On macOS, Ctrl is the Command key.", ""]
    for section in shortcut_sections():
        lines += [f"## {section.title}", "", "| Press | It does |", "| --- | --- |"]
        for shortcut in section.shortcuts:
            keys = shortcut.written(QKeySequence.SequenceFormat.PortableText)
            lines.append(f"| {_cell(keys)} | {_cell(shortcut.text)} |")
        lines.append("")
    return "\n".join(lines)


def write_page(path: Path = PAGE) -> None:
    """Write it. Raises OSError."""
    path.write_text(page_text(), encoding="utf-8")


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    write_page()
    print(f"Wrote {PAGE}")
