"""Values of a line list as people write them: counts, sex, class, contact degree, origin."""

from __future__ import annotations

import re

from geozone.tables import fold
from geozone.types import CaseClass, CaseOrigin, ContactDegree

__all__ = [
    "read_age",
    "read_case_class",
    "read_contact_degree",
    "read_count",
    "read_origin",
    "read_sex",
    "read_source_known",
]

_GROUPED = re.compile(r"\d{1,3}(?:[.,\s]\d{3})+")
_WHOLE = re.compile(r"\+?(\d{1,9})(?:[.,]0+)?")
_AGE = re.compile(r"(\d{1,3}(?:[.,]\d+)?) ?(tuoi|t|years?( old)?|yrs?|yo|y)?")
_MONTHS_OLD = re.compile(r"(\d{1,3}) ?(thang( tuoi)?|th|months?|m)")
_DAYS_OLD = re.compile(r"(\d{1,3}) ?(ngay( tuoi)?|days?|d)")
_AGE_RANGE = re.compile(r"(\d{1,2}) ?(?:-|–|đến|den|to) ?(\d{1,3})(?: ?(?:tuổi|tuoi|t))?")

_UNKNOWN = re.compile(
    r"(khong|chua) (ro|biet|xac dinh|co|phat hien|tim)( .*)?|kxd|kr|unknown|unk|dang (dieu tra|truy vet"
    r"|xac minh)( .*)?"
    r"|mat dau( .*)?|not known|unclear|under investigation"
)
_SEX = {
    "male": re.compile(r"nam( gioi)?|male|m|trai|con trai|man|boy|ong"),
    "female": re.compile(r"nu( gioi)?|female|f|gai|con gai|woman|girl|ba"),
    "other": re.compile(r"khac|other|o|gioi tinh khac"),
}
_NEGATIVE = re.compile(
    r"am tinh( .*)?|negative|neg|loai tru( .*)?|khong mac|discarded|not a case|binh thuong"
)
_CLASSES = {
    CaseClass.PROBABLE: re.compile(
        r"probable|co the|ca( benh)? co the|(test nhanh|rapid|khang nguyen|ag)( .*)?"
        r"|duong tinh (test nhanh|khang nguyen)( .*)?"
    ),
    CaseClass.SUSPECTED: re.compile(
        r"suspect(ed)?( case)?|(ca( benh)? )?nghi( ngo| nhiem| mac| duong tinh)?( .*)?|theo doi( .*)?|s"
    ),
    CaseClass.CONFIRMED: re.compile(
        r"confirmed( case)?|confirm|positive|pos|(ca( benh)? )?(duong tinh|xac dinh|khang dinh|mac benh"
        r"|mac)( .*)?"
        r"|dt|d|rt pcr|pcr|p|lab confirmed|laboratory confirmed|f0|ca benh|bn|c"
    ),
}
_DEGREE = re.compile(r"f ?([0-9])\b")
_IMPORTED = re.compile(
    r".*\b(nhap canh|nuoc ngoai|import(ed)?|overseas|abroad|xam nhap|ngoai lai|ngoai tinh|quoc te|travel)\b.*"
)
_LOCAL = re.compile(
    r".*\b(cong dong|trong nuoc|noi dia|noi tinh|dia phuong|local|community|domestic|indigenous|tai cho"
    r"|phong toa"
    r"|cach ly|khu cach ly|thu phat|benh vien|indigenous)\b.*"
)
_NO = re.compile(r"khong|no|n|false|0|chua|k|ko")
_YES = re.compile(r"co|yes|y|true|1|ro|da ro|da xac dinh|biet|da biet|x|known")


def read_count(text: str) -> tuple[object, str]:
    """Read a number of cases.

    Parameters
    ----------
    text : str
        ``3``, ``3.0``, ``1.250`` (a thousand two hundred and fifty).

    Returns
    -------
    tuple of (int or None, str)
        The count, or what was expected.
    """
    expected = "a whole number of cases, 0 or more"
    if _GROUPED.fullmatch(text):
        return int(re.sub(r"\D", "", text)), ""
    if match := _WHOLE.fullmatch(text):
        return int(match[1]), ""
    return None, expected


def read_age(text: str) -> tuple[object, str]:
    """Read an age, or a year of birth written in its place.

    Parameters
    ----------
    text : str
        ``35``, ``35 tuổi``, ``8 tháng``, ``1985``.

    Returns
    -------
    tuple of (float or None, str)
        Years of age up to 130, or a year of birth from 1900 on; else what was expected.
    """
    expected = "an age from 0 to 130 years, or a year of birth"
    if match := _AGE_RANGE.fullmatch(text.lower()):
        low, high = int(match[1]), int(match[2])
        return ((low + high) / 2, "") if low <= high <= 130 else (None, expected)
    plain = re.sub(r"[^a-z0-9.,]+", " ", fold_number(text)).strip()
    if match := _AGE.fullmatch(plain):
        years = float(match[1].replace(",", "."))
        return (years, "") if years <= 130 else (None, expected)
    if match := _MONTHS_OLD.fullmatch(plain):
        return int(match[1]) / 12, ""
    if match := _DAYS_OLD.fullmatch(plain):
        return int(match[1]) / 365.25, ""
    if re.fullmatch(r"(19|20)\d\d", plain):
        return float(plain), ""
    return None, expected


def fold_number(text: str) -> str:
    """Fold text but keep the signs of a decimal number.

    Parameters
    ----------
    text : str
        ``1,5 tuổi``.

    Returns
    -------
    str
        ``1,5 tuoi``.
    """
    return " ".join(re.sub(r"[^\W_]+", lambda word: fold(word[0]), text).split())


def read_sex(text: str) -> tuple[object, str]:
    """Read the sex.

    Parameters
    ----------
    text : str
        ``Nam``, ``nữ``, ``F``, ...

    Returns
    -------
    tuple of (str or None, str)
        ``male``, ``female``, ``other``, None where unknown; else what was expected.
    """
    folded = fold(text)
    for sex, pattern in _SEX.items():
        if pattern.fullmatch(folded):
            return sex, ""
    return (None, "") if _UNKNOWN.fullmatch(folded) else (None, "nam or nữ, male or female")


def read_case_class(text: str) -> tuple[object, str]:
    """Read the surveillance class.

    Parameters
    ----------
    text : str
        ``Dương tính``, ``nghi ngờ``, ``probable``, ...

    Returns
    -------
    tuple of (str or None, str)
        A `CaseClass`, or what was expected.
    """
    folded = fold(text) or ("duong tinh" if "+" in text else "")
    if not _NEGATIVE.fullmatch(folded):
        for case_class, pattern in _CLASSES.items():
            if pattern.fullmatch(folded):
                return str(case_class), ""
    return None, "a case: suspected (nghi ngờ), probable (có thể) or confirmed (dương tính)"


def read_contact_degree(text: str) -> tuple[object, str]:
    """Read the contact degree.

    Parameters
    ----------
    text : str
        ``F0``, ``f1``, ``F1 chuyển F0``.

    Returns
    -------
    tuple of (str or None, str)
        A `ContactDegree`, or what was expected. Who went from F1 to F0 is F0.
    """
    degrees = {int(number) for number in _DEGREE.findall(fold(text))}
    if degrees and min(degrees) <= 2:
        return str(list(ContactDegree)[min(degrees)]), ""
    if fold(text) in {"0", "1", "2"}:
        return f"F{fold(text)}", ""
    case_class, _ = read_case_class(text)
    return (str(ContactDegree.F0), "") if case_class else (None, "F0, F1 or F2")


def read_origin(text: str) -> tuple[object, str]:
    """Read where the infection was acquired.

    Parameters
    ----------
    text : str
        ``Nhập cảnh``, ``cộng đồng``, ``local``, ...

    Returns
    -------
    tuple of (str or None, str)
        A `CaseOrigin`, or what was expected.
    """
    folded = fold(text)
    if _UNKNOWN.fullmatch(folded):
        return str(CaseOrigin.UNKNOWN), ""
    if _IMPORTED.fullmatch(folded):
        return str(CaseOrigin.IMPORTED), ""
    if _LOCAL.fullmatch(folded):
        return str(CaseOrigin.LOCAL), ""
    return None, "imported (nhập cảnh), local (cộng đồng) or unknown (chưa rõ)"


def read_source_known(text: str) -> tuple[object, str]:
    """Read whether the source of infection is known.

    Parameters
    ----------
    text : str
        Yes or no, or the source itself: ``F1 của BN 1234``, ``chưa rõ``.

    Returns
    -------
    tuple of (bool, str)
        False for "not known", true for anything that names a source.
    """
    folded = fold(text)
    if _NO.fullmatch(folded) or _UNKNOWN.fullmatch(folded):
        return False, ""
    return True, ""
