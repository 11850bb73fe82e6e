"""One file per library: how it runs a network."""
