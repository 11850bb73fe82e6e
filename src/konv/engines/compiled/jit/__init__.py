"""From a plan to machine code in memory, and back from the cache on disk."""
