"""What the compiler makes of a network, and what training it takes: before it is trained."""
