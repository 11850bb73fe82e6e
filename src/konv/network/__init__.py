"""How layers are wired: networks, what they cost, their files, and those that ship with konv."""

from konv.network.adapting import adapted
from konv.network.assembly import Node, Part
from konv.network.choosing import choose_network
from konv.network.description import from_config, to_config
from konv.network.graph import Network, functional, sequential
from konv.network.named import NamedNetwork, named_network, named_networks
from konv.network.receptive_field import ReceptiveField, receptive_fields
from konv.network.report import Report, Row, Totals

__all__ = [
    "NamedNetwork",
    "Network",
    "Node",
    "Part",
    "ReceptiveField",
    "Report",
    "Row",
    "Totals",
    "adapted",
    "choose_network",
    "from_config",
    "functional",
    "named_network",
    "named_networks",
    "receptive_fields",
    "sequential",
    "to_config",
]
