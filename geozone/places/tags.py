"""Which places a row of a file stands for: OpenStreetMap tags, and words of Vietnamese tables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from geozone.tables import fold
from geozone.types import PlaceKind

__all__ = ["FIELDS", "KIND_WORDS", "TaggedPlace", "kind_of_word", "parse_other_tags", "tagged_places"]

FIELDS: Final[dict[str, tuple[str, ...]]] = {
    "id": (r"osm id|id|ma( so)?|fid|objectid|full id",),
    "kind": (r"kind|loai|loai (hinh|doi tuong|dia danh)|phan loai|fclass|category",),
    "name": (
        r"name|ten|ten (goi|dia danh|dia diem|doi tuong)|name vi",
        r"ten (thon|xom|ap|ban|to dan pho|khu pho|khu dan cu|toa nha|khu cong nghiep)( .*)?",
        r"thon|to dan pho|khu pho|hamlet",
    ),
    "alt_name": (r"alt name|ten khac|ten goi khac",),
    "old_name": (r"old name|ten cu",),
    "addr:housenumber": (r"addr housenumber|so nha|house ?number|so",),
    "addr:street": (r"addr street|(ten )?(duong|pho|duong pho)|street( name)?",),
    "addr:place": (r"addr (place|hamlet)",),
    "address": (r"dia chi|address|full address|addr full|diachi",),
    "highway": (r"highway",),
    "place": (r"place",),
    "building": (r"building",),
    "landuse": (r"landuse",),
    "boundary": (r"boundary",),
    "amenity": (r"amenity",),
    "shop": (r"shop",),
    "office": (r"office",),
    "other_tags": (r"other tags",),
    "lon": (r"lon|lng|long|longitude|kinh do|x|point x|toa do x",),
    "lat": (r"lat|latitude|vi do|y|point y|toa do y",),
    "point": (r"toa do|coordinates?|gps|lat ?lon|lat ?lng|lat ?long|location",),
}
"""Fields of a file of places, and the headers they go by; those of OpenStreetMap keep its tag."""

KIND_WORDS: Final[dict[PlaceKind, tuple[str, ...]]] = {
    PlaceKind.INDUSTRIAL_PARK: (
        "kcn", "ccn", "kcx", "khu cong nghiep", "cum cong nghiep", "khu che xuat", "industrial park",
        "industrial zone", "industrial",
    ),
    PlaceKind.ESTATE: (
        "kdt", "khu do thi", "khu tap the", "tap the", "chung cu", "khu chung cu", "khu dan cu", "kdc",
        "estate",
    ),
    PlaceKind.BUILDING: ("toa", "toa nha", "building", "cao oc", "block"),
    PlaceKind.HAMLET: (
        "thon", "xom", "ap", "ban", "lang", "buon", "bon", "khom", "khu pho", "kp", "to dan pho", "tdp", "to",
        "khu", "tieu khu", "doi", "cum dan cu", "hamlet", "village", "neighbourhood", "quarter", "suburb",
        "isolated dwelling", "residential group",
    ),
    PlaceKind.STREET: (
        "duong", "pho", "dai lo", "ngo", "ngach", "hem", "kiet", "quoc lo", "tinh lo", "street", "road",
        "lane", "alley", "highway", "residential", "primary", "secondary", "tertiary", "service", "trunk",
        "unclassified",
    ),
    PlaceKind.ADDRESS: ("dia chi", "so nha", "nha", "address", "house"),
    PlaceKind.POI: (
        "poi", "dia diem", "truong", "truong hoc", "cho", "benh vien", "tram y te", "nha may", "cong ty",
        "cang", "ben xe", "ga", "chua", "nha tho", "den", "dinh", "school", "market", "hospital", "clinic",
        "factory",
        "port", "station", "amenity", "place",
    ),
}  # fmt: skip
"""Words for kinds of place, as `geozone.tables.fold` leaves them."""

_BY_WORD: Final = {word: kind for kind, words in KIND_WORDS.items() for word in words}
_BY_BEGINNING: Final = sorted(
    (
        (word + " ", kind)
        for kind in (PlaceKind.INDUSTRIAL_PARK, PlaceKind.ESTATE, PlaceKind.BUILDING, PlaceKind.HAMLET)
        for word in KIND_WORDS[kind]
    ),
    key=lambda item: -len(item[0]),
)
_SURNAMES: Final = frozenset({"to ", "ban ", "doi ", "bon ", "lang "})
"""Words that begin other names as well: they tell a kind before a number only."""
_HAMLETS: Final = frozenset({
    "hamlet", "isolated_dwelling", "village", "neighbourhood", "quarter", "suburb", "allotments",
    "city_block", "farm",
})  # fmt: skip
_NO_STREETS: Final = frozenset({"proposed", "construction", "platform", "bus_stop", "raceway", "rest_area"})
_POIS: Final = (
    "amenity", "shop", "office", "tourism", "leisure", "healthcare", "historic", "railway", "aeroway",
    "man_made", "military", "craft",
)  # fmt: skip
_UNIT: Final = re.compile(r"(phuong|xa|thi tran|dac khu|quan|huyen|thi xa|thanh pho|tp|tinh)\b")
_TAG: Final = re.compile(r'"((?:[^"\\]|\\.)*)"=>"((?:[^"\\]|\\.)*)"')
_UNIT_PART: Final = re.compile(
    r"(?:(?:phuong|xa|thi tran|dac khu|quan|huyen|thi xa|thanh pho|tinh|tp|tx|tt|"
    r"ward|district|city|province)\b"
    r"|[pqhxf] |[pqf]\d)"
)


class TaggedPlace(NamedTuple):
    """One place that a row stands for."""

    kind: PlaceKind
    name: str
    other_names: str | None
    number: str | None


def parse_other_tags(text: str) -> dict[str, str]:
    """Read the tags that GDAL keeps in one column.

    Parameters
    ----------
    text : str
        ``"addr:street"=>"Đội Cấn","alt_name"=>"..."``.

    Returns
    -------
    dict of str to str
        Tag to value.
    """
    pairs = _TAG.findall(text)
    if "\\" in text:
        return {_plain(key): _plain(value) for key, value in pairs}
    return dict(pairs)


def _plain(text: str) -> str:
    return text.replace('\\"', '"').replace("\\\\", "\\")


def kind_of_word(text: str) -> PlaceKind | None:
    """Read the kind of a place as a table names it.

    Parameters
    ----------
    text : str
        ``Thôn``, ``KCN``, ``residential``.

    Returns
    -------
    PlaceKind or None
        None where the word is not known.
    """
    folded = fold(text)
    known = _BY_WORD.get(folded)
    if known is not None:
        return known
    joined = folded.replace(" ", "-")
    return PlaceKind(joined) if joined in set(PlaceKind) else None


def _kind_by_name(name: str) -> PlaceKind | None:
    folded = fold(name) + " "
    for beginning, kind in _BY_BEGINNING:
        if folded.startswith(beginning):
            numbered = folded[len(beginning) : len(beginning) + 1].isdigit()
            return kind if numbered or beginning not in _SURNAMES else None
    return None


def _kind_by_tags(tags: Mapping[str, str], name: str, *, is_line: bool) -> PlaceKind | None:
    if "highway" in tags:
        return PlaceKind.STREET if is_line and tags["highway"] not in _NO_STREETS else None
    if "boundary" in tags or _UNIT.match(fold(name)):
        return None
    if tags.get("place") in _HAMLETS:
        return _kind_by_name(name) or PlaceKind.HAMLET
    if tags.get("landuse") == "industrial":
        return PlaceKind.INDUSTRIAL_PARK
    if tags.get("landuse") == "residential":
        return _kind_by_name(name) or PlaceKind.ESTATE
    if tags.get("building", "no") != "no":
        return PlaceKind.BUILDING
    return PlaceKind.POI if any(tag in tags for tag in _POIS) else None


def _street_of_address(address: str) -> str | None:
    """Keep what stands before the first part that names a unit: the house, the street, the hamlet."""
    head: list[str] = []
    for part in address.split(","):
        if _UNIT_PART.match(fold(part)):
            break
        head.append(part.strip())
    else:
        head = head[:1] if len(head) > 1 else head
    return ", ".join(part for part in head if part) or None


def tagged_places(
    tags: Mapping[str, str], *, is_line: bool, kind: PlaceKind | None = None
) -> Iterator[TaggedPlace]:
    """Tell which places a row stands for.

    Parameters
    ----------
    tags : mapping of str to str
        OpenStreetMap tags, or fields of `FIELDS`; no empty values.
    is_line : bool
        Whether its geometry is a line.
    kind : PlaceKind, optional
        Kind of the place, where it is known from elsewhere than the tags.

    Yields
    ------
    TaggedPlace
        None, one, or two: a named building with a house number is a building and an address.
    """
    name = tags.get("name") or tags.get("name:vi")
    number = tags.get("addr:housenumber")
    street = tags.get("addr:street") or tags.get("addr:place") or tags.get("addr:hamlet")
    if not is_line and kind in (None, PlaceKind.ADDRESS):
        if number and (street or (kind and name)):
            yield TaggedPlace(PlaceKind.ADDRESS, street or str(name), None, number)
        elif not street and "address" in tags and (text := _street_of_address(tags["address"])):
            yield TaggedPlace(PlaceKind.ADDRESS, text, None, None)
    if kind is PlaceKind.ADDRESS:
        return
    name = name or (street if is_line else None)
    if not name:
        return
    known = kind or _kind_by_tags(tags, name, is_line=is_line)
    if known is None and "kind" in tags:
        known = kind_of_word(tags["kind"])
    if known is None and not any(tag in tags for tag in ("highway", "boundary", "kind")):
        known = PlaceKind.STREET if is_line else _kind_by_name(name)
    if known is not None:
        others = [
            tags[tag]
            for tag in ("alt_name", "old_name", "name:vi", "official_name", "short_name", "loc_name")
            if tags.get(tag, name) != name
        ]
        yield TaggedPlace(known, name, ";".join(others) or None, None)
