"""A network as calls of a few functions on arrays, and as a file of C99 that anybody can read."""
