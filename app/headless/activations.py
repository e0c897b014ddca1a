"""`partwise activations`: when the instruments of a song play, as a file."""

from pathlib import Path

from app.atomic_file import reason, write_bytes
from app.errors import ExportError
from app.headless.arguments import ActivationsArguments
from app.headless.console import UsageError
from app.headless.separated import checked_model, separated_song
from app.mixing.mix_file import load_mix
from app.mixing.settings import MixSettings
from models.instruments import INSTRUMENTS


def activations(arguments: ActivationsArguments) -> int:
    """Write the file. Raises PartwiseError; then the output is as it was."""
    checked_model(arguments.model, arguments.separator)
    mix = load_mix(arguments.mix) if arguments.mix is not None else MixSettings()
    if arguments.output.is_dir():
        raise UsageError(f"Cannot write to “{arguments.output}”: it is a folder, name a file in it.")
    if arguments.output.exists() and not arguments.overwrite:
        raise UsageError(f"“{arguments.output}” exists already: use --overwrite to replace it.")
    if not arguments.output.absolute().parent.is_dir():
        raise UsageError(f"There is no folder “{arguments.output.parent}” for the output.")
    settings = {instrument: mix.strip(instrument).activation for instrument in INSTRUMENTS}
    with separated_song(arguments.song, arguments.model, arguments.separator) as separated:
        from app.song.activation_files import activation_file
        from app.song.regions import find_regions

        song = separated.song
        regions = find_regions(song.activations, settings, song.duration_s)
        content = activation_file(
            arguments.format,  # type: ignore[arg-type]
            song.activations,
            regions,
            settings,
            song.path.name,
        )
    write_whole(arguments.output, content)
    print(f"Wrote {arguments.output} ({len(regions)} regions).")
    return 0


def write_whole(path: Path, content: bytes) -> None:
    """Write a file whole or not at all. Raises ExportError."""
    try:
        write_bytes(path, content)
    except OSError as error:
        raise ExportError(path, reason(error)) from None
