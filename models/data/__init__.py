"""Training material: multitrack folders, random remixing, and the synthesiser that makes them."""
