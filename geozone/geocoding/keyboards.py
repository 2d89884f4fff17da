"""Telex and VNI typing that was left undone, finished: ``Dicjh`` and ``Di5ch`` to the letters of *Dịch*."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["BASE", "finish", "finish_vni", "is_syllable", "plain", "spells_vni"]

_SYLLABLE: Final = re.compile(
    r"(?:ngh|ng|nh|gh|gi|kh|ph|qu|th|tr|ch|[bdghkps]r|[bkp]l|[bcdghklmnprstvx])?"
    r"(?:uye|uyu|uya|uay|uoi|uou|yeu|ieu|oai|oay|oao|oeo|uao|ie|ye|ia|ya|ua|uo|ue|uy|ui|uu|oa|oe|oi|oo|"
    r"ai|ao|au|ay|eo|eu|iu|[aeiouy])"
    r"(?:ch|ng|nh|[ckmnpt])?"
)
_VNI: Final = re.compile(r"^[a-z]+[0-9][a-z0-9]*$")
_TELEX_TONES: Final = {"f": "2", "s": "1", "r": "3", "x": "4", "j": "5"}
_TELEX_DOUBLE: Final = {"aa": "â", "ee": "ê", "oo": "ô", "dd": "đ"}
_VNI_QUALITY: Final = {"6": {"a": "â", "e": "ê", "o": "ô"}, "7": {"o": "ơ", "u": "ư"}, "8": {"a": "ă"}}
_VOWELS: Final = frozenset("aeiouyâăêôơư")
BASE: Final = {"â": "a", "ă": "a", "ê": "e", "ô": "o", "ơ": "o", "ư": "u", "đ": "d"}
"""Letters with a quality mark, and their plain ones."""
_PLAIN: Final = str.maketrans(BASE)


def _finish_telex(text: str) -> tuple[str, str] | None:
    """Finish Telex typing: letters with quality marks and tone, or none if it is not Telex."""
    tone = ""
    letters: list[str] = []
    previous = ""
    for char in text:
        vowelled = any(letter in _VOWELS for letter in letters)
        if char in _TELEX_TONES and vowelled:
            if tone and tone != _TELEX_TONES[char]:
                return None
            tone = _TELEX_TONES[char]
        elif char == "w":
            _apply_horn(letters)
        elif char == previous and char in "aeod":
            letters[-1] = _TELEX_DOUBLE[char * 2]
        elif char == "d" and vowelled and letters[0] == "d":
            letters[0] = "đ"
        else:
            letters.append(char)
        previous = char
    return "".join(letters), tone


def _apply_horn(letters: list[str]) -> None:
    """Apply Telex ``w`` to the vowels typed so far: ``uo`` to ``ươ``, ``a`` to ``ă``."""
    joined = "".join(letters)
    at = joined.rfind("uo")
    if at >= 0:
        letters[at : at + 2] = ["ư", "ơ"]
        return
    for i in range(len(letters) - 1, -1, -1):
        if letters[i] in "aou":
            letters[i] = {"a": "ă", "o": "ơ", "u": "ư"}[letters[i]]
            return
    letters.append("ư")


def finish_vni(text: str) -> tuple[str, str] | None:
    """Finish VNI typing (``Ha65u``), whether or not it spells a syllable.

    Parameters
    ----------
    text : str
        Lower-case ASCII letters and digits.

    Returns
    -------
    tuple of str or None
        Letters with quality marks, and the tone as a digit; none if it is not VNI.
    """
    tone = ""
    letters: list[str] = []
    for char in text:
        if char in "12345":
            if tone:
                return None
            tone = char
        elif char in _VNI_QUALITY:
            table = _VNI_QUALITY[char]
            hits = [i for i, c in enumerate(letters) if c in table]
            if not hits:
                return None
            for i in hits if char == "7" else hits[-1:]:
                letters[i] = table[letters[i]]
        elif char == "9":
            if "d" not in letters:
                return None
            letters[letters.index("d")] = "đ"
        elif char.isdigit():
            return None
        else:
            letters.append(char)
    return "".join(letters), tone


def is_syllable(folded: str) -> bool:
    """Tell whether letters can be one Vietnamese word.

    Parameters
    ----------
    folded : str
        Lower-case ASCII letters.

    Returns
    -------
    bool
        By spelling alone: ``xin`` and ``quoach`` can, ``wqrd`` cannot.
    """
    return _SYLLABLE.fullmatch(folded) is not None


def plain(letters: str) -> str:
    """Give letters without their quality marks.

    Parameters
    ----------
    letters : str
        Lower-case letters, perhaps marked.

    Returns
    -------
    str
        ASCII letters.
    """
    return letters if letters.isascii() else letters.translate(_PLAIN)


def finish(folded: str) -> tuple[str, str] | None:
    """Finish a Telex or VNI word.

    Parameters
    ----------
    folded : str
        Lower-case ASCII letters and digits.

    Returns
    -------
    tuple of str or None
        Letters with quality marks, and the tone as a digit; none where it spells no syllable or needs no
        finishing.
    """
    if (len(folded) < 3 and folded not in _TELEX_DOUBLE) or len(folded) > 10:
        return None
    if folded.isalpha():
        if is_syllable(folded) and "oo" not in folded:
            return None
        finished = _finish_telex(folded)
    elif _VNI.match(folded):
        finished = finish_vni(folded)
    else:
        return None
    if finished is None or finished == (folded, "") or not is_syllable(plain(finished[0])):
        return None
    return finished


def spells_vni(piece: str) -> bool:
    """Tell whether letters and digits spell a syllable in VNI.

    Parameters
    ----------
    piece : str
        One word, any case.

    Returns
    -------
    bool
        ``To6`` does, ``P4`` does not.
    """
    finished = finish_vni(piece.lower()) if piece.isascii() else None
    return finished is not None and is_syllable(plain(finished[0]))
