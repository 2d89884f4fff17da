"""Templates filled in: language, addresses that keep the release, headers."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from fastapi import Request

from geozone.api.pages.words import LANGUAGES, WORDS

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["PAGES_POLICY", "STYLE", "choose_language", "local_root", "page_headers", "render"]

_FOLDER = Path(__file__).parent / "templates"
PAGES_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
"""Content security policy: a style sheet from here, and nothing else."""
STYLE = (Path(__file__).parent / "style.css").read_bytes()
"""The style sheet."""


def choose_language(request: Request) -> str:
    """Choose the language of a page.

    Parameters
    ----------
    request : Request
        The request; its ``lang``, if any, has been checked.

    Returns
    -------
    str
        ``vi`` or ``en``: what ``lang`` says, else the first that the client accepts, else ``vi``.
    """
    named = request.query_params.get("lang")
    if named in LANGUAGES:
        return named
    for part in request.headers.get("accept-language", "").lower().split(","):
        language = part.partition(";")[0].strip().partition("-")[0]
        if language in LANGUAGES:
            return language
    return LANGUAGES[0]


def page_headers(language: str) -> dict[str, str]:
    """Make the headers of a page.

    Parameters
    ----------
    language : str
        Its language.

    Returns
    -------
    dict
        Language and content security policy.
    """
    return {"Content-Language": language, "Content-Security-Policy": PAGES_POLICY}


def local_root(request: Request) -> str:
    """Find where the OGC API is, without its host.

    Parameters
    ----------
    request : Request
        The request.

    Returns
    -------
    str
        Path of the landing page.
    """
    return f"{request.scope.get('root_path', '')}/ogc"


def render(request: Request, template: str, context: Mapping[str, Any]) -> bytes:
    """Fill a template in.

    Parameters
    ----------
    request : Request
        The request, for its language and its address.
    template : str
        Name of the template.
    context : mapping
        What it shows.

    Returns
    -------
    bytes
        The page, UTF-8.
    """
    language = choose_language(request)
    place = LANGUAGES.index(language)

    def keep(address: str, **more: str) -> str:
        """Add the release, the day and the language of this page to an address."""
        kept = {
            name: request.query_params[name]
            for name in ("release", "as_of", "lang")
            if name in request.query_params
        }
        query = urlencode(kept | more)
        return f"{address}?{query}" if query else address

    others = {**request.query_params, "lang": LANGUAGES[1 - place]}
    text = (
        _environment()
        .get_template(template)
        .render(
            context,
            lang=language,
            words={name: pair[place] for name, pair in WORDS.items()},
            keep=keep,
            pick=lambda vi, en: (vi, en)[place],
            other_language=f"?{urlencode(others)}",
            root=local_root(request),
        )
    )
    return text.encode()


@functools.cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415 - for the first page

    return Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
