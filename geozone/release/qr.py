"""The QR code on every print and bundle, which leads to the page that checks the release."""

from __future__ import annotations

import io
import re

import segno

__all__ = ["qr_png", "qr_svg", "verify_address"]

_HEX = re.compile(r"[0-9a-f]{64}")


def verify_address(digest: str, base_url: str | None) -> str:
    """Name the place where a release is checked.

    Parameters
    ----------
    digest : str
        Digest of the release.
    base_url : str or None
        Public address of the service, such as ``https://map.example.vn``.

    Returns
    -------
    str
        Address of the page; without a service, a name that can be pasted into the page of any.

    Raises
    ------
    ValueError
        If it is not a digest.
    """
    if not _HEX.fullmatch(digest):
        raise ValueError("not a digest")
    if base_url is None:
        return f"urn:geozone:sha256:{digest}"
    return f"{base_url.rstrip('/')}/verify/{digest}"


def qr_svg(text: str, *, module_px: float = 4.0, colour: str = "#000") -> str:
    """Draw a QR code as one SVG element, for a page or a PDF.

    Parameters
    ----------
    text : str
        What it says; an address.
    module_px : float
        Side of one module, pixels; the quiet zone of four modules is included.
    colour : str
        Colour of the dark modules.

    Returns
    -------
    str
        ``<svg ...>`` without a style, which a strict content security policy lets in. A quarter of
        the code may be soiled and it is still read (error correction Q).
    """
    code = segno.make(text, error="q", micro=False, boost_error=False)
    return str(
        code.svg_inline(scale=module_px, border=4, dark=colour, light="#fff", title=text, omitsize=False)
    )


def qr_png(text: str, *, module_px: int = 8) -> bytes:
    """Draw a QR code as a picture.

    Parameters
    ----------
    text : str
        What it says; an address.
    module_px : int
        Side of one module, pixels; the quiet zone of four modules is included.

    Returns
    -------
    bytes
        PNG, black on white.
    """
    sink = io.BytesIO()
    segno.make(text, error="q", micro=False, boost_error=False).save(
        sink, kind="png", scale=module_px, border=4
    )
    return sink.getvalue()
