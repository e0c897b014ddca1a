"""A run on disk: everything about one training, data only.

- `run.json`: configuration and progress
- `log.jsonl`: a line per report and per validation, which are the curves
- `curves/`: the same for TensorBoard
- `checkpoint.safetensors`: the whole state, from which training goes on exactly
- `average.safetensors`, `best.safetensors`: weights to export
- `samples/<step>/`: separated audio, Ogg
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from models.checkpoint import save_json, save_tensors


@dataclass(frozen=True)
class RunFolder:
    """Where what lies."""

    root: Path

    @property
    def checkpoint(self) -> Path:
        """State to go on from."""
        return self.root / "checkpoint.safetensors"

    @property
    def curves(self) -> Path:
        """TensorBoard's events."""
        return self.root / "curves"

    def weights(self, kind: str) -> Path:
        """`average` or `best` weights."""
        return self.root / f"{kind}.safetensors"

    def samples(self, step: int) -> Path:
        """Separated audio of a validation."""
        return self.root / "samples" / f"{step:08}"

    def read(self) -> dict[str, Any]:
        """`run.json`, empty if there is none."""
        path = self.root / "run.json"
        values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
        return values

    def write(self, values: dict[str, Any]) -> None:
        """Write `run.json`."""
        self.root.mkdir(parents=True, exist_ok=True)
        save_json(self.root / "run.json", values)

    def write_weights(self, kind: str, weights: dict[str, Tensor]) -> None:
        """Write `average` or `best` weights."""
        save_tensors(self.weights(kind), weights)

    def log(self, line: dict[str, Any]) -> None:
        """Append a line to the log."""
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / "log.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")

    def lines(self) -> list[dict[str, Any]]:
        """The log."""
        path = self.root / "log.jsonl"
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.is_file() else []

    def forget_after(self, step: int) -> None:
        """Drop the log's lines of steps that a killed run had made after its checkpoint: they are made again."""
        lines = self.lines()
        kept = [line for line in lines if line.get("step", 0) <= step]
        if len(kept) < len(lines):
            (self.root / "log.jsonl").write_text("".join(json.dumps(line) + "\n" for line in kept), encoding="utf-8")
