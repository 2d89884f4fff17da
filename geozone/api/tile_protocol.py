"""The short way for a tile outside the application: answered where its bytes arrive.

uvicorn parses a request, makes a task of it and calls the application through its layers: more work than a
tile from memory is. This protocol looks at the bytes first. One whole request for a tile of the plain form,
with nothing before it still being answered, is answered at once; whatever else it is, uvicorn's own protocol
gets the same bytes and does as ever. Both ways say the same, header for header, and are counted alike.
"""

from __future__ import annotations

import re
import time
import uuid
from http import HTTPStatus

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from geozone.api.metrics import Metrics
from geozone.api.middleware import log_request, with_fixed
from geozone.api.packed_tile import PackedTile
from geozone.api.tile_answers import Asked, Header, TileAnswers, answer, plain_conditions

__all__ = ["tile_protocol"]

_BEGIN, _END = b"GET /tiles/", b"\r\n\r\n"
_LINE = re.compile(rb"GET (/tiles/[\w,/@.]+)(?:\?([\w=]+))? HTTP/1\.1")
_FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t\x20-\x7e\x80-\xff]*)")
# With these a request is more than its own bytes, its connection is to be treated otherwise, or it holds a
# secret, which is not remembered.
_ELSEWHERE = frozenset(
    {b"content-length", b"transfer-encoding", b"expect", b"upgrade", b"te", b"trailer"}
    | {b"authorization", b"cookie"}
)
_LONGEST = 8_192  # bytes of a request
_BLOCKS = 256  # header blocks remembered: a browser sends the same one for every tile of a map
_STATUS = {
    status: f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n".encode() for status in (200, 204, 304)
}

Conditions = tuple[bytes | None, bool]


class _TileProtocol(HttpToolsProtocol):
    answers: TileAnswers
    metrics: Metrics
    blocks: dict[bytes, Conditions]
    between = True  # requests: the parser is at the start of one

    def data_received(self, data: bytes) -> None:
        if not (data.startswith(_BEGIN) and self._is_idle() and self._answered(data)):
            super().data_received(data)

    def on_message_begin(self) -> None:
        self.between = False
        super().on_message_begin()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self.between = True

    def _is_idle(self) -> bool:
        """Tell whether this request is the only one, and nothing is set that only uvicorn heeds."""
        answering = self.cycle is not None and not self.cycle.response_complete
        held_up = self.flow.write_paused or self.transport.is_closing()
        heeded = self.config.access_log or self.root_path or self.limit_concurrency is not None
        return self.between and not answering and not held_up and not heeded

    def _answered(self, data: bytes) -> bool:
        started = time.perf_counter()
        end = data.find(_END)
        if end + len(_END) != len(data) or len(data) > _LONGEST:
            return False
        line, _, block = data[:end].partition(b"\r\n")
        held, plain = self._conditions(block)
        wanted = _LINE.fullmatch(line) if plain else None
        asked = self.answers.read(wanted[1].decode(), wanted[2] or b"") if wanted is not None else None
        packed = _at_once(self.answers, asked) if asked is not None else None
        said = answer(packed, held, immutable=asked.immutable) if packed is not None and asked else None
        if packed is None or asked is None or said is None:
            return False
        status, headers = said
        body = packed.body if status == 200 else b""
        identifier = str(uuid.uuid4())
        self._send(status, with_fixed(headers, identifier), body)
        seconds = time.perf_counter() - started
        self.metrics.observe(asked.route, "GET", status, seconds)
        log_request(identifier, "GET", asked.route, (status, len(body)), seconds)
        self.on_response_complete()
        return True

    def _send(self, status: int, headers: list[Header], body: bytes) -> None:
        pieces = [_STATUS[status]]
        for name, value in (*self.server_state.default_headers, *headers):
            pieces += [name, b": ", value, b"\r\n"]
        pieces.append(b"\r\n")
        self.transport.writelines([b"".join(pieces), body] if body else [b"".join(pieces)])

    def _conditions(self, block: bytes) -> Conditions:
        found = self.blocks.get(block)
        if found is None:
            found = _read_block(block)
            if found[1]:
                if len(self.blocks) >= _BLOCKS:
                    self.blocks.clear()
                self.blocks[block] = found
        return found


def tile_protocol(answers: TileAnswers, metrics: Metrics) -> type[HttpToolsProtocol]:
    """Make the protocol of a service, for uvicorn's option ``http``.

    Parameters
    ----------
    answers : TileAnswers
        What plain requests for tiles are answered.
    metrics : Metrics
        Counts.

    Returns
    -------
    type
        The protocol.
    """
    bound = {"answers": answers, "metrics": metrics, "blocks": {}}
    return type("TileProtocol", (_TileProtocol,), bound)


def _at_once(answers: TileAnswers, asked: Asked) -> PackedTile | None:
    try:
        return answers.at_once(asked)
    except Exception:  # noqa: BLE001 - whatever it is, the route meets it again and answers for it
        return None


def _read_block(block: bytes) -> Conditions:
    """Read header fields; anything that is not plain is left to the parser of HTTP."""
    headers = []
    for line in block.split(b"\r\n"):
        field = _FIELD.fullmatch(line)
        if field is None:
            return None, False
        headers.append((field[1].lower(), field[2].rstrip(b" \t")))
    names = [name for name, _ in headers]
    if names.count(b"host") != 1 or not _ELSEWHERE.isdisjoint(names):
        return None, False
    if any(name == b"connection" and value.lower() != b"keep-alive" for name, value in headers):
        return None, False
    return plain_conditions(headers)
