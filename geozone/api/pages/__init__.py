"""HTML pages of the OGC API: plain, without script, in Vietnamese and English, with a map as SVG."""

from geozone.api.pages.contexts import downloads, item_context, items_context
from geozone.api.pages.render import PAGES_POLICY, STYLE, choose_language, local_root, page_headers, render
from geozone.api.pages.words import LANGUAGES

__all__ = [
    "LANGUAGES",
    "PAGES_POLICY",
    "STYLE",
    "choose_language",
    "downloads",
    "item_context",
    "items_context",
    "local_root",
    "page_headers",
    "render",
]
