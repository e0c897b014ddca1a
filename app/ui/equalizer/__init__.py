"""The equalizer: its curve in each strip, and the editor that the curve opens."""
