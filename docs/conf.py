"""How the site is made of the pages: ``make docs``."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_extensions"))

from konv.version import __version__

project = "konv"
release = version = __version__
copyright = "the konv authors"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "konv_site"]
exclude_patterns = ["_extensions"]

html_theme = "furo"
html_title = f"konv {__version__}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sourcelink = False

# Links to sections work as they do on a code host.
myst_heading_anchors = 4

autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
napoleon_google_docstring = True
napoleon_numpy_docstring = False

# What annotations name is linked where it is public, and is no error where it is not.
nitpick_ignore_regex = [(r"py:.*", r"(?!konv\.[A-Z]).*")]
