"""What there is to choose from: separators and audio outputs."""

from app.playback.output import list_devices
from models.registry import DEFAULT, list_models


def print_models() -> int:
    """Print the separators, the default one marked with a star."""
    for model in list_models():
        mark = "*" if model.name == DEFAULT else " "
        state = "" if model.ready else "; its weights are missing"
        print(f"{mark} {model.name}: {model.title} ({model.licence}){state}")
        print(f"    {', '.join(model.instruments)}")
    return 0


def print_devices() -> int:
    """Print the audio outputs, the default one marked with a star."""
    devices = list_devices()
    for device in devices:
        mark = "*" if device.is_default else " "
        print(f"{mark} {device.name}: {device.channels} channels, {device.default_rate / 1000:g} kHz")
    if not devices:
        print("There is no audio output.")
    return 0
