"""Networks in PyTorch's words: layer by layer, before there is any PyTorch."""
