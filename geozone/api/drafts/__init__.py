"""Drafts over HTTP, for analysts only: the live one, told as it changes, and others laid beside it.

Everything under ``/drafts`` is what the service answers for releases, made of drafts instead. The
public part of the service does not know of it.
"""

from geozone.api.drafts.app import DraftService
from geozone.api.drafts.shelf import DraftShelf, Standing

__all__ = ["DraftService", "DraftShelf", "Standing"]
