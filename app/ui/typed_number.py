"""How numbers with units are written and read back."""

import re
from collections.abc import Callable

_NUMBER = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+))\s*([^\d\s.+-]*)")


def number_reader(units: dict[str, float]) -> Callable[[str], float]:
    """A function that reads a typed number: the units that may follow it, in lower case, and what each is worth.

    A comma is a point, a true minus a minus; "" is what a bare number is worth. The function raises ValueError for
    what is no number or has another unit.
    """

    def read(text: str) -> float:
        plain = text.strip().lower().replace("−", "-").replace(",", ".")
        match = _NUMBER.fullmatch(plain)
        if match is None or match[2] not in units:
            raise ValueError(f"not a number: {text!r}")
        return float(match[1]) * units[match[2]]

    return read


def write_percent(amount: float) -> str:
    """`50 %` for 0.5."""
    return f"{amount * 100:.0f} %"


def write_ms(milliseconds: float) -> str:
    """`480 ms`, `1.20 s`."""
    return f"{milliseconds:.0f} ms" if milliseconds < 1000 else f"{milliseconds / 1000:.2f} s"


def write_db(level_db: float) -> str:
    """`−12.0 dB`."""
    rounded = round(level_db, 1) + 0.0
    return f"{'+' if rounded > 0 else '−' if rounded < 0 else ''}{abs(rounded):.1f} dB"


read_percent = number_reader({"": 0.01, "%": 0.01})
read_ms = number_reader({"": 1.0, "ms": 1.0, "s": 1000.0})
read_db = number_reader({"": 1.0, "db": 1.0})
