"""``python -m konv`` is the command ``konv``."""

import sys

from konv.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
