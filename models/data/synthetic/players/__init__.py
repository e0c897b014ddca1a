"""Renderers of notes, one module a kind of instrument: they know sound and nothing of harmony."""
