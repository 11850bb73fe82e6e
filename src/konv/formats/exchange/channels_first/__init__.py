"""Building a konv network from the words of tools that keep the channels first."""

from konv.formats.exchange.channels_first.builder import ChannelsFirstBuilder
from konv.formats.exchange.channels_first.finishing import Woven
from konv.formats.exchange.channels_first.values import UNKNOWN, Value

__all__ = ["UNKNOWN", "ChannelsFirstBuilder", "Value", "Woven"]
