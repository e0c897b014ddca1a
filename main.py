"""Partwise. The only wiring: reads the command line, then opens the window or runs a command.

Everything is imported in the branch that needs it: the separation's child process imports this file again, and
`--version` should be instant.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from app.headless.arguments import (
    ActivationsArguments,
    Arguments,
    ExampleArguments,
    ListDevicesArguments,
    ListModelsArguments,
    RemixArguments,
    SeparateArguments,
    WindowArguments,
    parse,
)
from app.headless.models_arguments import ModelsArguments

if TYPE_CHECKING:
    from app.session.jobs import Post
    from app.session.session import Session

DEMO_SONG = Path(__file__).parent / "resources" / "demo" / "demo.ogg"


def main(argv: Sequence[str] | None = None) -> int:
    """Run Partwise; returns the exit status."""
    arguments = parse(sys.argv[1:] if argv is None else argv)
    if isinstance(arguments, WindowArguments):
        return open_window(arguments)
    from app.headless.console import run_command

    return run_command(lambda: run_headless(arguments))


def run_headless(arguments: Arguments) -> int:
    """Run one of the commands without a window."""
    match arguments:
        case SeparateArguments():
            from app.headless.separate import separate

            return separate(arguments)
        case RemixArguments():
            from app.headless.remix import remix

            return remix(arguments)
        case ActivationsArguments():
            from app.headless.activations import activations

            return activations(arguments)
        case ExampleArguments():
            from app.headless.remix import print_example

            return print_example()
        case ListModelsArguments():
            from app.headless.listings import print_models

            return print_models()
        case ModelsArguments():
            from app.headless.models import models

            return models(arguments)
        case ListDevicesArguments():
            from app.headless.listings import print_devices

            return print_devices()
        case _:
            raise TypeError(f"not a command: {arguments}")


def open_window(arguments: WindowArguments) -> int:
    """Build the objects, show the window, return when it is closed."""
    from app.playback.player import Player
    from app.session.cache import stem_cache
    from app.session.preferences import data_folder, default_path, load_preferences
    from app.session.session import Session
    from app.ui.application import run
    from models.memory import return_large_blocks

    return_large_blocks()
    preferences_path = default_path()
    preferences = load_preferences(preferences_path)

    def make_session(post: "Post") -> "Session":
        return Session(
            post,
            Player(preferences.output),
            preferences,
            preferences_path=preferences_path,
            cache=stem_cache(preferences),
            data_folder=data_folder(),
        )

    demo_song = DEMO_SONG if DEMO_SONG.is_file() else None
    paths = arguments.songs
    if arguments.demo and not paths and demo_song is not None:
        paths = (demo_song,)
    return run(make_session, demo_song=demo_song, paths=paths)


if __name__ == "__main__":
    sys.exit(main())
