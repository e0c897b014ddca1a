"""The document: a song, what is separated of it, and where its samples lie."""
