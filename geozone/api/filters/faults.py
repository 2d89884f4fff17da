"""What is wrong with a filter, in words for the client."""

from __future__ import annotations

__all__ = ["FilterError"]


class FilterError(ValueError):
    """A filter that cannot be read, or that does not fit the collection.

    Its text is shown to the client: it names what is wrong, and nothing internal.
    """
