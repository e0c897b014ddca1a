"""`partwise remix`: a song, taken apart and mixed as a mix file says."""

from app.audio.encode import EncodeSettings
from app.headless.arguments import RemixArguments
from app.headless.console import UsageError, progress_bar, say
from app.headless.separated import checked_model, separated_song
from app.mixing.export import export_remix
from app.mixing.mix_file import example_mix, load_mix


def remix(arguments: RemixArguments) -> int:
    """Write the remix. Raises PartwiseError; then the output is as it was."""
    encode = EncodeSettings(arguments.format, arguments.subtype)  # type: ignore[arg-type]
    checked_model(arguments.model, arguments.separator)
    mix = load_mix(arguments.mix)
    if arguments.output.exists() and not arguments.overwrite:
        raise UsageError(f"“{arguments.output}” exists already: use --overwrite to replace it.")
    if not arguments.output.absolute().parent.is_dir():
        raise UsageError(f"There is no folder “{arguments.output.parent}” for the output.")
    with (
        separated_song(arguments.song, arguments.model, arguments.separator) as separated,
        progress_bar("Mixing    ") as progress,
    ):
        result = export_remix(
            separated.song, mix, arguments.output, encode, overwrite=arguments.overwrite, progress=progress
        )
    if result.clipped_samples:
        say(f"{result.clipped_samples} samples beyond full scale were clipped: lower master_gain_db, or take FLOAT.")
    print(f"Wrote {arguments.output} (peak {result.peak_dbfs:.1f} dBFS).")
    return 0


def print_example() -> int:
    """Print a mix file that explains itself."""
    print(example_mix(), end="")
    return 0
