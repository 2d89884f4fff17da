"""The whole length of the pipe, step by step: import, geocode, draw, release.

Each step works on an open workspace, reports progress, and is atomic: killed at any point, it has
either happened or not. Import its modules: ``imports``, ``geocoding``, ``decide``, ``export``.
"""
