"""Why somebody reads identifiers or exact points: one of a short list, and words of their own."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

__all__ = ["LONGEST_WORDS", "PURPOSES", "Purpose", "read_purpose"]

PURPOSES: Mapping[str, tuple[str, str]] = MappingProxyType({
    "investigation": ("Điều tra dịch tễ, truy vết", "Epidemiological investigation, contact tracing"),
    "address-review": ("Rà soát, định vị địa chỉ", "Reviewing and placing addresses"),
    "zoning": ("Khoanh vùng, đánh giá cấp độ dịch", "Drawing zones, assessing levels"),
    "care": ("Chăm sóc, hỗ trợ người bệnh", "Care and support of patients"),
    "data-quality": ("Kiểm tra, sửa dữ liệu", "Checking and mending data"),
    "inspection": ("Thanh tra, kiểm tra theo pháp luật", "Inspection as the law asks"),
    "other": ("Mục đích khác, có ghi rõ", "Another purpose, in words"),
})  # fmt: skip
"""Purposes, with their names in Vietnamese and English."""
LONGEST_WORDS = 200


class Purpose(NamedTuple):
    """Why somebody reads.

    Attributes
    ----------
    code : str
        One of ``PURPOSES``.
    words : str
        In their own words; empty for none, needed for ``other``.
    """

    code: str
    words: str = ""

    def detail(self) -> dict[str, str]:
        """Tell it for the audit.

        Returns
        -------
        dict
            Its parts, those that are there.
        """
        return {"purpose": self.code, **({"words": self.words} if self.words else {})}


def read_purpose(text: str) -> Purpose:
    """Read a purpose as it is sent or typed.

    Parameters
    ----------
    text : str
        One of ``PURPOSES``, and words after a semicolon: ``other; request 12/CV``.

    Returns
    -------
    Purpose
        As it is kept.

    Raises
    ------
    ValueError
        If it is none of them, or lacks words or has too many.
    """
    code, _, words = (part.strip() for part in text.partition(";"))
    words = " ".join(words.split())
    if code not in PURPOSES:
        raise ValueError(f"a purpose is one of {', '.join(PURPOSES)}, with words after a semicolon")
    if code == "other" and not words:
        raise ValueError("the purpose `other` needs words after a semicolon")
    if len(words) > LONGEST_WORDS or not words.isprintable():
        raise ValueError(f"the words of a purpose are at most {LONGEST_WORDS} printable letters")
    return Purpose(code, words)
