"""Partwise without a window: the command line and its commands. Importing `arguments` loads nothing heavy."""
