"""The vocabulary that kernels are written in: loops, vectors, pointers, as LLVM IR."""
