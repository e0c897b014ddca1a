"""Our own figures: what `models.evaluate` found, as it is kept in `models/results/*.json`."""

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(__file__).resolve().parent.parent / "results"
_LARGEST_FILE_BYTES: Final = 16 << 20


@dataclass(frozen=True)
class Quality:
    """How well a model separated the songs of a dataset: the median SDR of each stem, in dB."""

    dataset: str
    songs: int
    sdr_db: dict[str, float]

    @property
    def mean_db(self) -> float:
        """Over the stems."""
        return sum(self.sdr_db.values()) / len(self.sdr_db)


def measured_quality(folder: Path = FOLDER) -> dict[str, tuple[Quality, ...]]:
    """By model, a row for each dataset. Files that are not such results are left out."""
    found: dict[str, list[Quality]] = {}
    for path in sorted(folder.glob("*.json")):
        try:
            if path.stat().st_size > _LARGEST_FILE_BYTES:
                continue
            values = json.loads(path.read_text(encoding="utf-8"))
            for model, stems in values["models"].items():
                sdr = {stem: float(scores["SDR"]) for stem, scores in stems.items() if _is_number(scores.get("SDR"))}
                if sdr:
                    found.setdefault(model, []).append(Quality(str(values["dataset"]), int(values["songs"]), sdr))
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            continue
    return {model: tuple(rows) for model, rows in found.items()}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
