"""The instruments, in the one order that every array with an instrument axis uses."""

from typing import Final

INSTRUMENTS: Final[tuple[str, ...]] = ("vocals", "electric_guitar", "acoustic_guitar", "piano", "bass", "drums")
"""What the network estimates."""

OTHER: Final = "other"
"""What remains of the mix; always derived, never estimated."""

STEMS: Final[tuple[str, ...]] = (*INSTRUMENTS, OTHER)
"""Everything a mix is made of; the order of the mixer's strips."""
