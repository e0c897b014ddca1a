"""Lightning's checkpoints as data only: one safetensors file instead of a pickle."""

from pathlib import Path
from typing import Any

from lightning.fabric.plugins.io.checkpoint_io import CheckpointIO

from models.checkpoint import load_state, save_state


class SafetensorsIO(CheckpointIO):
    """Writes and reads `models.checkpoint` state files."""

    def save_checkpoint(self, checkpoint: dict[str, Any], path: str | Path, storage_options: Any = None) -> None:
        """Write the file, whole or not at all."""
        save_state(Path(path), checkpoint)

    def load_checkpoint(
        self, path: str | Path, map_location: Any = None, weights_only: bool | None = None
    ) -> dict[str, Any]:
        """Read it, to the processor's memory; nothing in it can be code."""
        state: dict[str, Any] = load_state(Path(path))
        return state

    def remove_checkpoint(self, path: str | Path) -> None:
        """Delete it."""
        Path(path).unlink(missing_ok=True)
