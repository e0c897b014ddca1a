"""Multitrack songs composed by rule and rendered from a bank of recorded notes, as training material.

`arranger.arrange` writes a score from a seed, `generate.render_song` plays it into stems that sum to the mix.
NumPy, SciPy and Numba only.
"""
