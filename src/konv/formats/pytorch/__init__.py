"""PyTorch: networks as its modules, as its source text, and as its state dicts; and back."""
