"""Playing a song: the transport, the output stream behind it, and the player that puts them together."""
