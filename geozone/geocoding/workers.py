"""Geocode chunk after chunk: distinct addresses once, in several processes where the work is worth them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from types import TracebackType
from typing import Final, Generic, NamedTuple, Self, TypeVar

from geozone.geocoding.answer_rows import Answer
from geozone.geocoding.contexts import contexts_of
from geozone.geocoding.geocoder import Geocoder
from geozone.geocoding.rank import Context
from geozone.types import Edition

__all__ = ["Solver"]

_MOST_KNOWN: Final = 100_000
"""Answers kept for addresses that come again in a later chunk."""
_LONGEST_KNOWN: Final = 500
"""Characters of the longest address that is kept."""
_LONG_READS_ALONE: Final = 5_000
"""Addresses read the long way, done or seen to be waiting, from which others are started: about the work of
starting one. Well-formed ones are read faster than they could be sent to another process."""
_PORTION: Final = 1_000
"""Addresses that a process is given at a time."""
_AHEAD: Final = 2
"""Portions that wait for or are with each other process."""

Item = TypeVar("Item")
_Key = tuple[str, Context]


@dataclass
class _Portion:
    """Addresses to solve, and their answers once they are."""

    keys: list[_Key]
    answers: list[Answer] | None = None
    sent: Future[list[Answer]] | None = None


class _Pending(NamedTuple, Generic[Item]):
    """A chunk whose new addresses are being solved."""

    item: Item
    keys: list[_Key]
    portions: list[_Portion]


class Solver:
    """Answers chunks of addresses in their order.

    Parameters
    ----------
    geocoder : Geocoder
        Over both editions.
    edition : Edition, optional
        Edition of the addresses, where it is known.
    workers : int
        Processes at most, this one included, which works as the others do; 1 never starts another. Each
        builds a geocoder of its own, whatever the platform starts processes by.
    """

    def __init__(self, geocoder: Geocoder, *, edition: Edition | None = None, workers: int = 1) -> None:
        self._geocoder = geocoder
        self._edition = edition
        self._workers = workers
        self._pool: ProcessPoolExecutor | None = None
        self._known: dict[_Key, Answer] = {}
        self._asked: set[_Key] = set()
        self._waiting: deque[_Portion] = deque()
        self._sent: list[_Portion] = []
        self._before = geocoder.long_reads
        self._solved = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def solved(
        self, chunks: Iterable[tuple[Item, list[str], list[object] | None]]
    ) -> Iterator[tuple[Item, list[Answer]]]:
        """Answer chunk after chunk.

        Parameters
        ----------
        chunks : iterable of (object, list of str, list or None)
            Whatever names a chunk, its addresses, and the days of its cases.

        Yields
        ------
        tuple of (object, list of Answer)
            What names the chunk, and one answer for each address; a few chunks are in work at a time.
        """
        pending: deque[_Pending[Item]] = deque()
        for item, addresses, days in chunks:
            contexts = contexts_of(len(addresses), days, self._edition)
            pending.append(self._begun(item, list(zip(addresses, contexts, strict=True))))
            while pending and (self._pool is None or len(pending) > self._workers):
                yield self._finished(pending.popleft())
        while pending:
            yield self._finished(pending.popleft())

    def _begun(self, item: Item, keys: list[_Key]) -> _Pending[Item]:
        """Queue the addresses of a chunk that are new."""
        new = [key for key in dict.fromkeys(keys) if key not in self._known and key not in self._asked]
        portions = [_Portion(new[start : start + _PORTION]) for start in range(0, len(new), _PORTION)]
        self._asked.update(new)
        self._waiting.extend(portions)
        self._start_pool()
        self._send()
        return _Pending(item, keys, portions)

    def _finished(self, pending: _Pending[Item]) -> tuple[Item, list[Answer]]:
        """Work until a chunk is answered: on what waits, whosever it is, while others have its portions."""
        for portion in pending.portions:
            while portion.answers is None:
                self._send()
                if self._waiting and not (portion.sent is not None and portion.sent.done()):
                    mine = self._waiting.popleft()
                    mine.answers = self._geocoder.solve(mine.keys)
                    self._solved += len(mine.keys)
                    self._start_pool()
                else:
                    portion.answers = self._received(portion)
            self._know(portion.keys, portion.answers)
            self._asked.difference_update(portion.keys)
        missing = [key for key in dict.fromkeys(pending.keys) if key not in self._known]
        late = dict(zip(missing, self._geocoder.solve(missing), strict=True))
        answers = [self._known.get(key) or late[key] for key in pending.keys]
        if len(self._known) > _MOST_KNOWN:
            self._known.clear()
        return pending.item, answers

    def _send(self) -> None:
        """Give the other processes what they can take."""
        self._sent = [portion for portion in self._sent if portion.sent and not portion.sent.done()]
        while self._pool is not None and self._waiting and len(self._sent) < _AHEAD * (self._workers - 1):
            portion = self._waiting[0]
            try:
                portion.sent = self._pool.submit(_solve, portion.keys)
            except BrokenProcessPool:
                self._pool, self._workers = None, 1
                return
            self._sent.append(self._waiting.popleft())

    def _received(self, portion: _Portion) -> list[Answer]:
        """Wait for what another process was given; if it was killed, perhaps for its memory, do it here."""
        try:
            if portion.sent is not None:
                return portion.sent.result()
        except BrokenProcessPool:
            self._pool, self._workers = None, 1
        return self._geocoder.solve(portion.keys)

    def _know(self, keys: list[_Key], answers: list[Answer]) -> None:
        for key, answer in zip(keys, answers, strict=True):
            if len(key[0]) <= _LONGEST_KNOWN:
                self._known[key] = answer

    def _start_pool(self) -> None:
        long = self._geocoder.long_reads - self._before
        waiting = sum(len(portion.keys) for portion in self._waiting)
        ahead = waiting * long / max(1, self._solved)
        worth = max(long, ahead) > _LONG_READS_ALONE
        if self._pool is None and self._workers > 1 and worth:
            # Started afresh everywhere: a fork would copy locks that other threads hold.
            self._pool = ProcessPoolExecutor(
                self._workers - 1, get_context("spawn"), initializer=_begin, initargs=(self._geocoder,)
            )


class _Own:
    """The geocoder of a worker process."""

    geocoder: Geocoder


def _begin(geocoder: Geocoder) -> None:
    _Own.geocoder = geocoder


def _solve(keys: list[_Key]) -> list[Answer]:
    return _Own.geocoder.solve(keys)
