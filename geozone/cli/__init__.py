"""The command line: parse, one call, print. Progress goes to stderr, answers to stdout.

Exit codes: 0 done, 1 bad data, 2 bad usage.
"""

from geozone.cli.app import app, main

__all__ = ["app", "main"]
