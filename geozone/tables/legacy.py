"""Vietnamese text from before Unicode: TCVN3 (ABC), VNI-Windows and Windows-1258.

Python knows Windows-1258 only. The TCVN3 table is the upper half of TCVN 5712:1993, which the "ABC"
fonts (.VnTime and its kin) use; GNU iconv's ``TCVN5712-1`` agrees on every byte.
The VNI table is that of the VNI fonts: a base letter followed by a sign for its marks.
"""

from __future__ import annotations

import re
import unicodedata

__all__ = ["decode_cp1258", "decode_tcvn3", "decode_vni", "syllable_share"]

_TCVN3_LETTERS = {
    0xA1: "ĂÂÊÔƠƯĐăâêôơưđẰ",
    0xB0: "\u0300\u0309\u0303\u0301\u0323àảãáạẲằẳẵắẴ",
    0xC0: "ẮẦẨẪẤỀặầẩẫấậèỂẻẽ",
    0xD0: "éẹềểễếệìỉỄẾỒĩíịò",
    0xE0: "Ổỏõóọồổỗốộờởỡớợù",
    0xF0: "ỖủũúụừửữứựỳỷỹýỵỐ",
}
_TCVN3 = {
    first + offset: letter for first, run in _TCVN3_LETTERS.items() for offset, letter in enumerate(run)
}

_VNI_SIGNS = {
    "ù": "\u0301", "ø": "\u0300", "û": "\u0309", "õ": "\u0303", "ï": "\u0323",
    "â": "\u0302", "á": "\u0302\u0301", "à": "\u0302\u0300", "å": "\u0302\u0309", "ã": "\u0302\u0303",
    "ä": "\u0302\u0323", "ê": "\u0306", "é": "\u0306\u0301", "è": "\u0306\u0300", "ú": "\u0306\u0309",
    "ü": "\u0306\u0303", "ë": "\u0306\u0323",
}  # fmt: skip
_VNI_LETTERS = {"ñ": "đ", "ô": "ơ", "ö": "ư", "í": "í", "ì": "ì", "æ": "ỉ", "ó": "ĩ", "ò": "ị", "î": "ỵ"}
_VNI_PAIR = re.compile("([aeouyôöAEOUYÔÖ])([" + "".join(_VNI_SIGNS) + "".join(_VNI_SIGNS).upper() + "])")
_VNI_SINGLE = str.maketrans(
    {**_VNI_LETTERS, **{letter.upper(): to.upper() for letter, to in _VNI_LETTERS.items()}}
)
"""Letters that are whole in VNI; applied where no sign follows."""

_ONSET = "(?:b|ch?|d|đ|gh?|gi|h|kh?|l|m|ngh?|nh?|p|ph|qu|r|s|th?|tr|v|x)?"
_RHYME = (
    "(?:i(?:[cmnptu]|ch|nh|ng)?|iê(?:[cmnptu]|ng)|ia|yê(?:[mntu]|ng)|ya|y(?:nh|ch|t|u|n)?"
    "|e(?:[cmnpto]|ng)?|ê(?:[cmnptu]|nh|ch|ng)?"
    "|a(?:[cmnptiuoy]|ng|nh|ch)?|ă(?:[cmnpt]|ng)|â(?:[cmnptuy]|ng)"
    "|oa(?:[cmnptioy]|ng|nh|ch)?|oă(?:[cmnpt]|ng)|oe(?:[mnto]|ng)?|oo(?:[nc]|ng)"
    "|uâ(?:[nty]|ng)|uê(?:nh|ch|n|u)?|uy(?:[nptua]|nh|ch)?|uyê(?:[nt])|uơ"
    "|o(?:[cmnpti]|ng)?|ô(?:[cmnpti]|ng)?|ơ(?:[cmnpti])?"
    "|u(?:[cmnpti]|ng)?|uô(?:[cmnti]|ng)|ua|ư(?:[cmntiu]|ng)?|ươ(?:[cmnptiu]|ng)|ưa)"
)
_SYLLABLE = re.compile(_ONSET + _RHYME)
_TONES = {ord(mark): None for mark in "\u0300\u0301\u0303\u0309\u0323"}
_WORD = re.compile(r"[^\W\d_]+")


def decode_tcvn3(data: bytes) -> str:
    """Decode TCVN3 (ABC).

    Parameters
    ----------
    data : bytes
        Text typed with an ABC font.

    Returns
    -------
    str
        Unicode in composed form (NFC).
    """
    text = data.decode("latin-1").translate(_TCVN3)
    return unicodedata.normalize("NFC", text)


def _vni_pair(match: re.Match[str]) -> str:
    letter, sign = match.groups()
    whole = letter.translate(_VNI_SINGLE)
    return unicodedata.normalize("NFC", whole + _VNI_SIGNS[sign.lower()])


def decode_vni(data: bytes) -> str:
    """Decode VNI-Windows.

    Parameters
    ----------
    data : bytes
        Text typed with a VNI font.

    Returns
    -------
    str
        Unicode in composed form (NFC).
    """
    text = data.decode("cp1252", errors="replace")
    parts, end = [], 0
    for match in _VNI_PAIR.finditer(text):
        parts += [text[end : match.start()].translate(_VNI_SINGLE), _vni_pair(match)]
        end = match.end()
    return "".join([*parts, text[end:].translate(_VNI_SINGLE)])


def decode_cp1258(data: bytes) -> str:
    """Decode Windows-1258, where tone marks follow their letter.

    Parameters
    ----------
    data : bytes
        The text.

    Returns
    -------
    str
        Unicode in composed form (NFC).
    """
    return unicodedata.normalize("NFC", data.decode("cp1258", errors="replace"))


def syllable_share(text: str) -> float:
    """Measure how much of the accented part of a text is Vietnamese.

    Parameters
    ----------
    text : str
        A sample.

    Returns
    -------
    float
        Share of the words with a letter outside ASCII that are possible Vietnamese syllables, 0 to 1;
        0 where there are none.
    """
    words = [word for word in _WORD.findall(text) if not word.isascii()]
    if not words:
        return 0.0
    possible = 0
    for word in words:
        toneless = unicodedata.normalize("NFD", word.lower()).translate(_TONES)
        possible += _SYLLABLE.fullmatch(unicodedata.normalize("NFC", toneless)) is not None
    return possible / len(words)
