"""The window. The only part of Partwise that imports Qt; it shows the session's state and sends commands to it."""
