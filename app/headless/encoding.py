"""From the command line's options to the settings of files."""

from dataclasses import replace

from app.audio.encode import EncodeSettings
from app.headless.arguments import EncodingArguments


def encode_settings(arguments: EncodingArguments) -> EncodeSettings:
    """How files shall be written. Raises ValueError for what a format does not have."""
    encode = EncodeSettings(
        arguments.format,  # type: ignore[arg-type]
        arguments.subtype,  # type: ignore[arg-type]
        dither=arguments.dither,
        bitrate_kbps=arguments.bitrate_kbps,
    )
    return encode if arguments.quality is None else replace(encode, quality=arguments.quality)
