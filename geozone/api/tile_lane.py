"""The short way for a tile inside the application: what ``TileAnswers`` has, and what a thread draws.

It stands before routing, under any server. Under ``geozone serve`` the protocol itself asks ``TileAnswers``
first (``tile_protocol``), and only what must be drawn in a thread comes here.
"""

from __future__ import annotations

from types import SimpleNamespace

from starlette.types import ASGIApp, Receive, Scope, Send

from geozone.api.packed_tile import PackedTile
from geozone.api.service import Service
from geozone.api.tile_answers import Asked, TileAnswers, answer, plain_conditions
from geozone.api.tiles import find_or_draw

__all__ = ["TileLane"]


class TileLane:
    """ASGI layer that answers tiles.

    Parameters
    ----------
    app : ASGI application
        What answers everything else.
    service : Service
        Shared state.
    answers : TileAnswers, optional
        Reads plain requests; own ones by default.
    """

    def __init__(self, app: ASGIApp, service: Service, answers: TileAnswers | None = None) -> None:
        self._app = app
        self._service = service
        self._answers = answers or TileAnswers(service)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass on.

        Parameters
        ----------
        scope, receive, send : ASGI
            The connection.
        """
        if scope["type"] != "http" or scope["method"] != "GET" or not await self._answer(scope, send):
            await self._app(scope, receive, send)

    async def _answer(self, scope: Scope, send: Send) -> bool:
        asked = self._answers.read(scope["path"], scope["query_string"])
        if asked is None:
            return False
        held, plain = plain_conditions(scope["headers"])
        packed = await self._tile(asked) if plain else None
        said = answer(packed, held, immutable=asked.immutable) if packed is not None else None
        if packed is None or said is None:
            return False
        status, headers = said
        scope["route"] = SimpleNamespace(path=asked.route)
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": packed.body if status == 200 else b""})
        return True

    async def _tile(self, asked: Asked) -> PackedTile | None:
        """Find or draw a tile; ``None`` where the route must say what is wrong."""
        try:
            at_once = self._answers.at_once(asked)
            if at_once is not None:
                return at_once
            return await find_or_draw(self._service, asked.tiles, asked.address, asked.kind)
        except Exception:  # noqa: BLE001 - whatever it is, the route meets it again and answers for it
            return None
