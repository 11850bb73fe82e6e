"""What the formats of other tools share: what an import brings, what is refused, what is proven."""
