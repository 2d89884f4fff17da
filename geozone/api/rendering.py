"""Which of its forms an answer takes: JSON, a page in one of two languages, or a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, NamedTuple

from fastapi import Query, Request

from geozone.api.formats import DOCUMENT_FORMATS, FEATURE_FORMATS, Format, choose_format, format_pattern
from geozone.api.pages import LANGUAGES, choose_language, page_headers

__all__ = ["Rendering", "document_form", "feature_form", "find_rendering"]

_Language = Annotated[
    str | None, Query(pattern=f"^({'|'.join(LANGUAGES)})$", description="Language of HTML pages")
]
_Document = Annotated[
    str | None,
    Query(pattern=format_pattern(DOCUMENT_FORMATS), description="Format: " + ", ".join(DOCUMENT_FORMATS)),
]
_Feature = Annotated[
    str | None,
    Query(pattern=format_pattern(FEATURE_FORMATS), description="Format: " + ", ".join(FEATURE_FORMATS)),
]


class Rendering(NamedTuple):
    """The form of one answer.

    Attributes
    ----------
    format : Format
        Its format.
    variant : str
        Name of the form among those at the same address, for entity tags and caches.
    headers : dict
        Headers that go with it.
    """

    format: Format
    variant: str
    headers: dict[str, str]

    @property
    def is_page(self) -> bool:
        """Whether it is for people."""
        return self.format.id == "html"

    @property
    def media_type(self) -> str:
        """Its type, with the encoding of text."""
        is_text = self.format.media_type.startswith("text/")
        return f"{self.format.media_type}; charset=utf-8" if is_text else self.format.media_type


def find_rendering(request: Request, formats: Mapping[str, Format]) -> Rendering:
    """Find the form that a client asks for.

    Parameters
    ----------
    request : Request
        The request.
    formats : mapping of str
        Formats there are.

    Returns
    -------
    Rendering
        The form.
    """
    chosen = choose_format(request, formats)
    depends = ["Accept-Encoding"] + ([] if "f" in request.query_params else ["Accept"])
    if chosen.id != "html":
        variant = "" if chosen.id == "json" else chosen.id
        return Rendering(chosen, variant, {"Vary": ", ".join(depends)})
    language = choose_language(request)
    if "lang" not in request.query_params:
        depends.append("Accept-Language")
    return Rendering(chosen, f"html-{language}", {"Vary": ", ".join(depends), **page_headers(language)})


def document_form(request: Request, f: _Document = None, lang: _Language = None) -> Rendering:  # noqa: ARG001 - checked by FastAPI
    """Read the form of a document from a request.

    Parameters
    ----------
    request : Request
        The request.
    f, lang : str, optional
        Format and language asked for.

    Returns
    -------
    Rendering
        The form.
    """
    return find_rendering(request, DOCUMENT_FORMATS)


def feature_form(request: Request, f: _Feature = None, lang: _Language = None) -> Rendering:  # noqa: ARG001 - checked by FastAPI
    """Read the form of features from a request.

    Parameters
    ----------
    request : Request
        The request.
    f, lang : str, optional
        Format and language asked for.

    Returns
    -------
    Rendering
        The form.
    """
    return find_rendering(request, FEATURE_FORMATS)
