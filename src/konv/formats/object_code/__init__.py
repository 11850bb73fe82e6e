"""Machine code for other processors: the functions of ``formats/c``, compiled through LLVM."""
