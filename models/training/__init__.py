"""Training: configuration, data stream, what is learnt, and how it is kept. `python -m models.train` is the way in."""
