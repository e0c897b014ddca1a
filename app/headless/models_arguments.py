"""`partwise models`: what can be asked for. Imports nothing heavy."""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

ModelsAction = Literal["list", "get", "import", "remove", "verify"]

_NAME_HELP: Final = "a model's name, as partwise models list shows it"


@dataclass(frozen=True)
class ModelsArguments:
    """`models ACTION [NAME] [FILE ...]`; `name` is empty for `list`, and for `verify` if all are meant."""

    action: ModelsAction
    name: str = ""
    files: tuple[Path, ...] = ()
    unverified: bool = False
    speed: bool = False


def parse_models(make_parser: Callable[..., argparse.ArgumentParser], argv: Sequence[str]) -> ModelsArguments:
    """The typed arguments. Prints and raises SystemExit as `app.headless.arguments.parse` does."""
    parser = make_parser(
        prog="partwise models",
        description="Choose the separators that are on this computer. Nothing is downloaded but by get.",
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION", parser_class=type(parser))

    def add(name: str, about: str) -> argparse.ArgumentParser:
        return actions.add_parser(name, help=about, description=f"{about[0].upper()}{about[1:]}.")

    listing = add("list", "show which there are, what they separate, licence, size, and which are here")
    listing.add_argument("--speed", action="store_true", help="measure how fast each that is here separates")
    get = add("get", "download a model, check and convert it")
    bring = add("import", "install a model from files that were downloaded elsewhere")
    remove = add("remove", "delete a downloaded model")
    verify = add("verify", "compute the hashes of installed models anew")
    for action in (get, bring, remove):
        action.add_argument("name", metavar="NAME", help=_NAME_HELP)
    bring.add_argument("files", metavar="FILE", nargs="+", type=Path, help="the archive, its folder, or its files")
    verify.add_argument("name", metavar="NAME", nargs="?", default="", help=f"{_NAME_HELP} (default: all)")
    for action in (get, bring):
        action.add_argument(
            "--unverified", action="store_true", help="accept files whose SHA-256 is not known, because you trust them"
        )
    found = parser.parse_args(argv)
    return ModelsArguments(
        action=found.action,
        name=getattr(found, "name", ""),
        files=tuple(getattr(found, "files", ())),
        unverified=getattr(found, "unverified", False),
        speed=getattr(found, "speed", False),
    )
