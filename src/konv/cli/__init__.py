"""The command line: one file per command, listed in :mod:`konv.cli.commands`."""
