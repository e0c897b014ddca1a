"""Scores of separators on multitrack songs; `python -m models.evaluate` is the command."""
