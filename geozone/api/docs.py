"""The documentation page: the OpenAPI document as plain HTML, no script, nothing from another host."""

from __future__ import annotations

import html
from typing import Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from geozone.api.respond import json_bytes, respond_content
from geozone.api.service import strict_query

__all__ = ["docs_router"]

_POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_STYLE = """
body { font: 16px/1.5 "Be Vietnam Pro", system-ui, sans-serif; max-width: 60rem; margin: 2rem auto;
  padding: 0 1rem; color: #1b1f24; background: #fff }
h1 { font-size: 1.6rem }
h2 { margin-top: 2.5rem; border-bottom: 1px solid #d5dae0 }
section { margin: 1.2rem 0 }
code { font: 14px/1.4 ui-monospace, monospace; background: #f1f3f5; padding: .1rem .3rem; border-radius: 4px }
table { border-collapse: collapse; font-size: 14px }
td, th { text-align: left; padding: .15rem .8rem .15rem 0; vertical-align: top }
@media (prefers-color-scheme: dark) {
  body { color: #e6e9ec; background: #15181c } code { background: #262b31 }
}
"""


def docs_router() -> APIRouter:
    """Make the routes of the documentation.

    Returns
    -------
    APIRouter
        ``/docs`` with its style sheet, ``/openapi.json``.
    """
    router = APIRouter(include_in_schema=False, dependencies=[Depends(strict_query)])

    @router.get("/docs")
    def docs(request: Request) -> Response:
        """Every route with its parameters."""
        body = _page(request.app.openapi()).encode()
        answer = respond_content(request, body, media_type="text/html; charset=utf-8")
        answer.headers["Content-Security-Policy"] = _POLICY
        return answer

    @router.get("/docs/style.css")
    def style(request: Request) -> Response:
        """Its style sheet."""
        return respond_content(request, _STYLE.encode(), media_type="text/css; charset=utf-8")

    @router.get("/openapi.json")
    def openapi(request: Request) -> Response:
        """Describe the service in OpenAPI 3.1."""
        return respond_content(request, json_bytes(request.app.openapi()))

    return router


def _page(document: dict[str, Any]) -> str:
    info = document["info"]
    groups: dict[str, list[str]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            group = (operation.get("tags") or ["Service"])[0]
            groups.setdefault(group, []).append(_operation(method, path, operation))
    parts = [
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>",
        "<meta name='viewport' content='width=device-width,initial-scale=1'>",
        f"<title>{html.escape(info['title'])}</title>",
        "<link rel='stylesheet' href='/docs/style.css'></head><body>",
        f"<h1>{html.escape(info['title'])} {html.escape(info['version'])}</h1>",
        f"<p>{html.escape(info.get('description', ''))}</p>",
        "<p>OpenAPI: <a href='/openapi.json'>3.1</a>, <a href='/ogc/api'>3.0</a>. "
        "<a href='/'>Bản đồ / Map</a></p>",
    ]
    for group, operations in groups.items():
        parts.append(f"<h2>{html.escape(group)}</h2>{''.join(operations)}")
    return "".join([*parts, "</body></html>"])


def _operation(method: str, path: str, operation: dict[str, Any]) -> str:
    rows = "".join(_parameter(parameter) for parameter in operation.get("parameters", []))
    table = f"<table><tr><th>parameter</th><th>in</th><th>what</th></tr>{rows}</table>" if rows else ""
    return (
        f"<section><h3><code>{method.upper()} {html.escape(path)}</code> "
        f"{html.escape(operation.get('summary', ''))}</h3>"
        f"<p>{html.escape(operation.get('description', ''))}</p>{table}</section>"
    )


def _parameter(parameter: dict[str, Any]) -> str:
    schema = parameter.get("schema", {})
    limits = ", ".join(
        f"{word} {schema[word]}" for word in ("minimum", "maximum", "default", "pattern") if word in schema
    )
    need = " (required)" if parameter.get("required") and parameter["in"] == "query" else ""
    text = ". ".join(part for part in (parameter.get("description", ""), limits) if part)
    return (
        f"<tr><td><code>{html.escape(parameter['name'])}</code>{need}</td>"
        f"<td>{html.escape(parameter['in'])}</td><td>{html.escape(text)}</td></tr>"
    )
