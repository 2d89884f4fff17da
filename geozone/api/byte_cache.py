"""Finished answers in memory, least recently used out first."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sized
from typing import Generic, TypeVar

__all__ = ["ByteCache"]

V = TypeVar("V", bound=Sized)

_OVERHEAD = 200  # bytes of bookkeeping for one entry, so that empty answers count too


class ByteCache(Generic[V]):
    """A bounded map from keys to answers, safe between threads; each is made once at a time.

    An answer is bytes, or something whose length is that of its bytes.

    Parameters
    ----------
    capacity : int
        Bytes to hold at most.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._entries: OrderedDict[Hashable, V] = OrderedDict()
        self._size = 0
        self._guard = threading.Lock()
        self._making: dict[Hashable, threading.Lock] = {}
        self.hits = 0
        self.misses = 0

    @property
    def size(self) -> int:
        """Bytes held."""
        return self._size

    def find(self, key: Hashable) -> V | None:
        """Look a value up.

        Parameters
        ----------
        key : hashable
            Its key.

        Returns
        -------
        bytes (or the like) or None
            The value, if it is held.
        """
        with self._guard:
            value = self._entries.get(key)
            if value is not None:
                self._entries.move_to_end(key)
                self.hits += 1
            return value

    def get(self, key: Hashable, make: Callable[[], V]) -> V:
        """Look a value up, or make and keep it; others who want it meanwhile wait for it.

        Parameters
        ----------
        key : hashable
            Its key.
        make : callable
            Makes the value.

        Returns
        -------
        bytes, or the like
            The value.
        """
        found = self.find(key)
        if found is not None:
            return found
        with self._guard:
            lock = self._making.setdefault(key, threading.Lock())
        with lock:
            found = self.find(key)
            if found is not None:
                return found
            try:
                value = make()
                self.put(key, value)
            finally:
                with self._guard:
                    self._making.pop(key, None)
        return value

    def put(self, key: Hashable, value: V) -> None:
        """Keep a value that was made elsewhere, unless it is too long.

        Parameters
        ----------
        key : hashable
            Its key.
        value : bytes, or the like
            The value.
        """
        with self._guard:
            self.misses += 1
            if len(value) + _OVERHEAD > self._capacity // 4:
                return
            replaced = self._entries.pop(key, None)
            self._size += len(value) - (len(replaced) if replaced is not None else -_OVERHEAD)
            self._entries[key] = value
            while self._size > self._capacity:
                _, dropped = self._entries.popitem(last=False)
                self._size -= len(dropped) + _OVERHEAD
