"""What happens when a program runs: memory, threads, one call into machine code."""
