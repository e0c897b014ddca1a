"""Writers of notes, one module an instrument: they know music and nothing of sound."""
