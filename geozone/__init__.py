"""From an outbreak line list to zones, epidemic levels and vaccination coverage, on a map."""

__version__ = "0.1.0"
