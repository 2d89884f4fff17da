"""Tell which encoding a text file has, and decode it."""

from __future__ import annotations

import codecs
from collections.abc import Callable

from geozone.tables.legacy import decode_cp1258, decode_tcvn3, decode_vni, syllable_share
from geozone.tables.raw import refuse

__all__ = ["ENCODINGS", "detect_encoding", "to_utf8"]

_LEGACY: dict[str, Callable[[bytes], str]] = {
    "windows-1258": decode_cp1258,
    "tcvn3": decode_tcvn3,
    "vni": decode_vni,
}
_ALIASES = {
    "abc": "tcvn3",
    "tcvn": "tcvn3",
    "tcvn-3": "tcvn3",
    "cp1258": "windows-1258",
    "vni-windows": "vni",
    "utf8": "utf-8",
    "utf-8-sig": "utf-8",
}
ENCODINGS = ("utf-8", "utf-16", *_LEGACY, "windows-1252")
"""Encodings that are found without being named."""
_SAMPLE = 200_000
_CHUNK = 4 * 1024 * 1024
_TEXT_CONTROLS = frozenset(b"\t\n\r\f\x1a\x1b")


def _is_utf8(data: bytes | memoryview) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    view = memoryview(data)
    try:
        for start in range(0, len(view), _CHUNK):
            decoder.decode(view[start : start + _CHUNK], final=start + _CHUNK >= len(view))
    except UnicodeDecodeError:
        return False
    return True


def _utf16(data: bytes) -> str | None:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    sample = data[: min(len(data), 4000) & ~1]
    for name, zeros in (("utf-16-le", sample[1::2]), ("utf-16-be", sample[::2])):
        if len(zeros) >= 4 and zeros.count(0) > 0.5 * len(zeros):
            return name
    return None


def _accented_lines(data: bytes) -> bytes:
    lines = (line for line in data[: 20 * _SAMPLE].splitlines() if not line.isascii())
    taken, size = [], 0
    for line in lines:
        taken.append(line)
        size += len(line)
        if size > _SAMPLE:
            break
    return b"\n".join(taken)


def detect_encoding(data: bytes, name: str) -> str:
    """Find the encoding of a text file.

    Unicode proves itself. Among the Vietnamese encodings from before Unicode the one is chosen under
    which most accented words are possible Vietnamese syllables.

    Parameters
    ----------
    data : bytes
        The whole file.
    name : str
        File name, for the message.

    Returns
    -------
    str
        ``utf-8``, ``utf-16``, ``windows-1258``, ``tcvn3``, ``vni`` or ``windows-1252``.

    Raises
    ------
    DataError
        If the bytes are no text.
    """
    wide = _utf16(data)
    if wide is not None:
        return wide
    sample = data[:_SAMPLE]
    controls = sum(sample.count(byte) for byte in range(32) if byte not in _TEXT_CONTROLS)
    if controls > 0.05 * len(sample) and controls > 8:
        raise refuse(name, "bytes that are no text", "a table: CSV, XLSX, Parquet or GeoJSON")
    if _is_utf8(data):
        return "utf-8"
    accented = _accented_lines(data)
    shares = {label: syllable_share(decode(accented)) for label, decode in _LEGACY.items()}
    best = max(shares, key=lambda label: shares[label])
    return best if shares[best] >= 0.5 else "windows-1252"


def to_utf8(data: bytes, encoding: str, name: str) -> bytes:
    """Turn the bytes of a text file into UTF-8 without a byte order mark.

    Parameters
    ----------
    data : bytes
        The whole file.
    encoding : str
        One of `ENCODINGS`, an alias, or any encoding Python knows.
    name : str
        File name, for the message.

    Returns
    -------
    bytes
        UTF-8; the same object where nothing had to change.

    Raises
    ------
    DataError
        If the encoding is unknown or the bytes are not in it.
    """
    label = _ALIASES.get(encoding.lower(), encoding.lower())
    if label in _LEGACY:
        return _LEGACY[label](data).encode("utf-8")
    try:
        if codecs.lookup(label).name in ("utf-8", "ascii"):
            if not _is_utf8(data):
                raise refuse(
                    name, f"bytes that are not {label}", f"one of the encodings {', '.join(ENCODINGS)}"
                )
            return data.removeprefix(codecs.BOM_UTF8)
        if label == "windows-1252":
            return data.decode("cp1252", errors="replace").encode("utf-8")
        text = data.decode(label).removeprefix("\ufeff")
        return text.encode("utf-8")
    except LookupError:
        raise refuse(name, f"encoding {encoding!r}", f"one of {', '.join(ENCODINGS)}") from None
    except UnicodeError:
        raise refuse(
            name, f"bytes that are not {label}", f"one of the encodings {', '.join(ENCODINGS)}"
        ) from None
