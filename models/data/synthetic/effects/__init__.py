"""Processing of stereo float32 blocks `(frames, 2)` at 44.1 kHz: kernels, filters, dynamics, rooms, amplifiers."""
