"""``python -m benchmarks``: konv and its peers in one session; see README.md here."""

from benchmarks.suite.main import main

if __name__ == "__main__":
    raise SystemExit(main())
