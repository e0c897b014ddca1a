"""The mixer: frozen settings, the equalizer, the only render path, and export through it."""
