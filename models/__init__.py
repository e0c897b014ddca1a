"""Separation as a library of its own: torch, no Qt; usable without the app.

Importing this package, `models.instruments`, `models.activation` or `models.registry` does not import torch.
"""
