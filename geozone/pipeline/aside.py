"""Drawing in a process of its own: the one that serves keeps its interpreter for those who ask."""

from __future__ import annotations

import copyreg
import multiprocessing
import os
import pickle
import signal
import threading
from collections.abc import Callable, Sequence
from io import BufferedIOBase
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import Any

import numpy as np
from geopandas.array import GeometryArray

__all__ = ["Aside", "HaltedError", "Known"]

_POLITE = 10  # steps of priority below that of whoever serves

Known = tuple[str | None, Sequence[object]]
"""Name of what both processes hold, and the objects themselves: they are not sent."""


class HaltedError(Exception):
    """The process ended before it had drawn."""


class Aside:
    """Runs one drawing at a time in a process of its own, with less priority."""

    def __init__(self) -> None:
        self._process: SpawnProcess | None = None
        self._halted = False
        self._guard = threading.Lock()

    def run(self, draw: Callable[..., Any], arguments: tuple[Any, ...], known: Callable[[], Known]) -> Any:
        """Draw.

        Parameters
        ----------
        draw : callable
            Called in the other process with the arguments; gives what it holds too, as ``known`` does, and
            the answer. It and the arguments are sent there.
        arguments : tuple
            Its arguments.
        known : callable
            Tells what is held here, when the answer comes: objects in the answer that the other process
            holds at the same place are these.

        Returns
        -------
        object
            The answer.

        Raises
        ------
        HaltedError
            If the process was ended, or the two do not hold the same.
        Exception
            Whatever the drawing raised.
        """
        receiver, sender = multiprocessing.get_context("spawn").Pipe(duplex=False)
        process = multiprocessing.get_context("spawn").Process(
            target=_draw_and_send, args=(draw, arguments, sender), name="drawing", daemon=True
        )
        with self._guard:
            if self._halted:
                raise HaltedError("the service is ending")
            process.start()
            self._process = process
        sender.close()
        try:
            return _received(receiver, known)
        except EOFError:
            raise HaltedError(f"the drawing process ended early, with {process.exitcode}") from None
        finally:
            receiver.close()
            process.join(5)
            process.kill()

    def halt(self) -> None:
        """End a drawing under way, and begin no other."""
        with self._guard:
            self._halted = True
            if self._process is not None:
                self._process.terminate()


def _received(receiver: Connection, known: Callable[[], Known]) -> Any:
    with os.fdopen(os.dup(receiver.fileno()), "rb") as stream:
        name, fault = pickle.load(stream)  # noqa: S301 - written by our own process
        if fault is not None:
            raise fault
        own, objects = known()
        if own != name:
            raise HaltedError("the outlines in force changed while the day was drawn")
        return _Receiving(stream, objects).load()


def _draw_and_send(draw: Callable[..., Any], arguments: tuple[Any, ...], sender: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that serves ends this one
    os.nice(_POLITE)
    with os.fdopen(os.dup(sender.fileno()), "wb") as stream:
        try:
            (name, objects), answer = draw(*arguments)
        except Exception as fault:  # noqa: BLE001 - raised again by whoever asked
            pickle.dump((None, fault), stream)
            return
        pickle.dump((name, None), stream)
        _Sending(stream, objects).dump(answer)


class _Sending(pickle.Pickler):
    """Writes the place of what both processes hold; a lock becomes a new one."""

    def __init__(self, stream: Any, known: Sequence[object]) -> None:
        super().__init__(stream, protocol=5)
        self._places = {id(one): place for place, one in enumerate(known)}
        locks: dict[Any, Any] = {type(make()): _renewed(make) for make in (threading.Lock, threading.RLock)}
        self.dispatch_table = copyreg.dispatch_table | locks | {GeometryArray: _one_by_one}

    def persistent_id(self, one: object) -> int | None:
        return self._places.get(id(one))


class _Receiving(pickle.Unpickler):
    """Puts in what is held here."""

    def __init__(self, stream: BufferedIOBase | Any, known: Sequence[object]) -> None:
        super().__init__(stream)
        self._known = known

    def persistent_load(self, place: Any) -> Any:
        return self._known[place]


def _one_by_one(array: Any) -> tuple[Any, tuple[Any, Any]]:
    """Send outlines each by itself, so that those which both processes hold stay the same objects."""
    return GeometryArray, (np.asarray(array, dtype=object), array.crs)


def _renewed(make: Callable[[], object]) -> Callable[[object], tuple[Any, tuple[()]]]:
    return lambda _: (make, ())
