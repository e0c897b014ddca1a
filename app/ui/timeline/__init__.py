"""The song over time: one axis for the overview, the ruler and a lane for each instrument."""
