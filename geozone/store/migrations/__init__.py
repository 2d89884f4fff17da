"""Versions of the private database's tables, and the way from one to the next."""
