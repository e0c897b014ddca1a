"""Files and samples: units, decoding, encoding, levels."""
