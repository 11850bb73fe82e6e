"""The version of konv, in one place: the package, the model file and the build read it here."""

__version__ = "0.1.0.dev0"
