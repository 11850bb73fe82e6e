"""All that is to be seen of a model and a picture: as figures in a folder, or as one page."""

from konv.explain.maps.findings import Findings
from konv.explain.maps.folder import figures_of
from konv.explain.maps.page import maps_page

__all__ = ["Findings", "figures_of", "maps_page"]
