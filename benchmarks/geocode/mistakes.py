"""The mistakes and habits that addresses are typed with, each a function of the parts of an address."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Callable
from typing import NamedTuple


class Parts(NamedTuple):
    """An address before it is joined, the most precise part first, and what may be mixed into it."""

    front: str
    commune: str
    district: str
    province: str
    other_commune: str
    """A commune of the other edition on the same ground."""
    other_district: str
    """The 2021 district of a 2025 commune, where it has only one."""
    other_province: str
    """Province of the other edition, where it has only one there and that differs."""
    order: str = "commas"
    """How the parts are joined: one of `JOINS`."""


Change = Callable[[Parts, random.Random], Parts]

KEYS = {
    "a": "sqz", "b": "vn", "c": "xv", "d": "sf", "e": "wr", "g": "fh", "h": "gj", "i": "uo", "k": "jl",
    "l": "k", "m": "n", "n": "bm", "o": "ip", "p": "o", "q": "w", "r": "et", "s": "ad", "t": "ry",
    "u": "yi", "v": "cb", "x": "zc", "y": "tu",
}  # fmt: skip
KINDS = {
    "Phường": ("P.", "P", "Ph.", "F."), "Xã": ("X.", "xã"), "Thị trấn": ("TT.", "TT", "Tt."),
    "Quận": ("Q.", "Q", "quan"), "Huyện": ("H.", "H", "huyen"), "Thị xã": ("TX.", "TX", "Tx."),
    "Thành phố": ("TP.", "TP", "Tp.", "T.P"), "Tỉnh": ("T.", "tinh", "Tỉnh"), "Đặc khu": ("ĐK.", "dac khu"),
}  # fmt: skip
ENGLISH = {
    "Phường": "Ward", "Xã": "Commune", "Thị trấn": "Township", "Quận": "District", "Huyện": "District",
    "Thị xã": "Town", "Thành phố": "City", "Tỉnh": "Province", "Đặc khu": "Special Zone",
}  # fmt: skip
CITIES = {
    "Thành phố Hà Nội": ("HN", "Hanoi", "TP.HN"), "Thành phố Hồ Chí Minh": ("HCM", "TPHCM", "Sài Gòn",
    "HCMC"),
    "Thành phố Hải Phòng": ("HP", "Hải phòng"), "Thành phố Đà Nẵng": ("ĐN", "Danang"),
    "Tỉnh Bắc Ninh": ("BN",), "Tỉnh Quảng Ninh": ("QN",), "Tỉnh Bà Rịa - Vũng Tàu": ("BRVT", "BR-VT"),
    "Thành phố Cần Thơ": ("CT",),
}  # fmt: skip
STREETS = (
    "Lê Lợi", "Trần Hưng Đạo", "Nguyễn Trãi", "Quang Trung", "Hùng Vương", "Lý Thường Kiệt", "Phan Chu Trinh",
    "Nguyễn Văn Cừ", "Hoàng Diệu", "Lạc Long Quân", "Phố Huế", "Hai Bà Trưng", "Ngô Quyền", "3/2", "30/4",
)  # fmt: skip
HAMLETS = (
    "Thôn {n}", "Thôn Đông", "Tổ {n}", "Tổ dân phố số {n}", "KP {n}", "Khu phố {n}", "Ấp {n}", "Ấp Bình An",
    "Xóm {n}", "Xóm Chùa", "Bản Mường", "Đội {n}", "TDP {n}", "Khu {n}", "Cụm {n}", "Buôn {n}",
)  # fmt: skip
NOISE = (
    "(gần chợ)", "đối diện trường học", "SĐT 0912345678", "nhà cô Hoa", "cạnh UBND", "gần cầu",
    "ĐT: 098.765.4321",
    "sau bệnh viện", "phòng trọ số 4", "P402 nhà A2", "cổng sau KCN", "quán cà phê", "tạm trú", "nhà trọ",
)  # fmt: skip
TELEX_TONE = {"\u0300": "f", "\u0301": "s", "\u0309": "r", "\u0303": "x", "\u0323": "j"}
VNI_TONE = {"\u0300": "2", "\u0301": "1", "\u0309": "3", "\u0303": "4", "\u0323": "5"}
TELEX = {"ă": "aw", "â": "aa", "ê": "ee", "ô": "oo", "ơ": "ow", "ư": "uw", "đ": "dd"}
VNI = {"ă": "a8", "â": "a6", "ê": "e6", "ô": "o6", "ơ": "o7", "ư": "u7", "đ": "d9"}
TONE_PLACES = {
    "oà": "òa", "oá": "óa", "oả": "ỏa", "oã": "õa", "oạ": "ọa", "uỷ": "ủy", "uý": "úy", "uỳ": "ùy",
    "oè": "òe",
    "oé": "óe",
}  # fmt: skip


def without_accents(text: str) -> str:
    bare = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    return bare.replace("đ", "d").replace("Đ", "D")


def bare(name: str) -> tuple[str, str]:
    """Split a full name into its kind, empty where it has none, and the rest."""
    for kind in KINDS:
        if name.startswith(kind + " "):
            return kind, name[len(kind) + 1 :]
    return "", name


def _in_name(parts: Parts, rng: random.Random, change: Callable[[str], str]) -> Parts:
    """Change the name of the commune, or now and then of the district or province."""
    names = ["commune"] * 6 + (["district"] * 2 if parts.district else []) + ["province"]
    part = rng.choice(names)
    kind, name = bare(getattr(parts, part))
    return parts._replace(**{part: f"{kind} {change(name)}".strip()})


def _each(parts: Parts, change: Callable[[str], str]) -> Parts:
    commune, district, province = (change(part) for part in (parts.commune, parts.district, parts.province))
    return parts._replace(commune=commune, district=district, province=province)


def _letters(name: str) -> list[int]:
    return [i for i, char in enumerate(name) if char.isalpha()]


def _keyed(name: str, at: list[int], edit: Callable[[int], str], rng: random.Random) -> str:
    """Edit one letter; a name of under four letters cannot be recognised after it and is left."""
    return edit(rng.choice(at)) if at and len(_letters(name)) >= 4 else name


def drop_letter(parts: Parts, rng: random.Random) -> Parts:
    def change(name: str) -> str:
        return _keyed(name, _letters(name), lambda i: name[:i] + name[i + 1 :], rng)

    return _in_name(parts, rng, change)


def swap_letters(parts: Parts, rng: random.Random) -> Parts:
    def change(name: str) -> str:
        at = [i for i in _letters(name) if i + 1 < len(name) and name[i + 1].isalpha()]
        return _keyed(name, at, lambda i: name[:i] + name[i + 1] + name[i] + name[i + 2 :], rng)

    return _in_name(parts, rng, change)


def wrong_key(parts: Parts, rng: random.Random) -> Parts:
    def change(name: str) -> str:
        at = [i for i in _letters(name) if without_accents(name[i]).lower() in KEYS]
        return _keyed(
            name,
            at,
            lambda i: name[:i] + rng.choice(KEYS[without_accents(name[i]).lower()]) + name[i + 1 :],
            rng,
        )

    return _in_name(parts, rng, change)


def double_letter(parts: Parts, rng: random.Random) -> Parts:
    def change(name: str) -> str:
        return _keyed(name, _letters(name), lambda i: name[:i] + name[i] + name[i:], rng)

    return _in_name(parts, rng, change)


def join_words(parts: Parts, rng: random.Random) -> Parts:
    """Lose a space inside a name: ``Dịch VọngHậu``."""

    def change(name: str) -> str:
        at = [i for i, char in enumerate(name) if char == " "]
        return _keyed(name, at, lambda i: name[:i] + name[i + 1 :], rng)

    return _in_name(parts, rng, change)


def split_word(parts: Parts, rng: random.Random) -> Parts:
    """Put a space inside a word: ``Dịch V ọng Hậu``."""

    def change(name: str) -> str:
        at = [i for i in _letters(name) if i > 0 and name[i - 1].isalpha()]
        return _keyed(name, at, lambda i: name[:i] + " " + name[i:], rng)

    return _in_name(parts, rng, change)


def wrong_tone(parts: Parts, rng: random.Random) -> Parts:
    """Take one tone for another, as people do whose dialect does not tell them apart."""

    def change(name: str) -> str:
        spelled = unicodedata.normalize("NFD", name)
        at = [i for i, char in enumerate(spelled) if char in TELEX_TONE]
        if not at:
            return name
        i = rng.choice(at)
        other = rng.choice([tone for tone in TELEX_TONE if tone != spelled[i]])
        return unicodedata.normalize("NFC", spelled[:i] + other + spelled[i + 1 :])

    return _in_name(parts, rng, change)


def drop_accents_of_one(parts: Parts, rng: random.Random) -> Parts:
    return _in_name(parts, rng, without_accents)


def drop_accents(parts: Parts, rng: random.Random) -> Parts:
    return _each(parts._replace(front=without_accents(parts.front)), without_accents)


def move_tones(parts: Parts, rng: random.Random) -> Parts:
    """Place the tones the other way: ``Hoà`` for ``Hòa``."""

    def change(text: str) -> str:
        for new, old in TONE_PLACES.items():
            if old in text or new in text:
                text = text.replace(old, "\0").replace(new, old).replace("\0", new)
        return text

    return _each(parts, change)


def abbreviate(parts: Parts, rng: random.Random) -> Parts:
    def short(part: str) -> str:
        kind, name = bare(part)
        return f"{rng.choice(KINDS[kind])} {name}" if kind else part

    return _each(parts, short)


def abbreviate_tight(parts: Parts, rng: random.Random) -> Parts:
    """Short kinds with nothing after them: ``P.Phúc Xá``, ``Q1``."""

    def short(part: str) -> str:
        kind, name = bare(part)
        if not kind:
            return part
        form = rng.choice(KINDS[kind][:2])
        return form + name if form.endswith(".") or name[:1].isdigit() else f"{form} {name}"

    return _each(parts, short)


def short_city(parts: Parts, rng: random.Random) -> Parts:
    forms = CITIES.get(parts.province)
    return parts._replace(province=rng.choice(forms)) if forms else parts


def drop_kinds(parts: Parts, rng: random.Random) -> Parts:
    """Leave out the kinds, except where only a number would be left."""

    def plain(part: str) -> str:
        _, name = bare(part)
        return part if name.isdigit() else name

    return _each(parts, plain)


def english(parts: Parts, rng: random.Random) -> Parts:
    """Write it in English: ``Phuc Xa Ward, Ba Dinh District, Ha Noi City``."""

    def form(part: str) -> str:
        kind, name = bare(part)
        word = ENGLISH.get(kind, "")
        plain = without_accents(name)
        return f"{word} {plain}" if name.isdigit() else f"{plain} {word}".strip()

    return _each(parts, form)


def _typed(text: str, letters: dict[str, str], tones: dict[str, str]) -> str:
    words = []
    for word in text.split():
        tone, out = "", []
        for char in unicodedata.normalize("NFD", word):
            if char in tones:
                tone = tones[char]
            elif unicodedata.combining(char) and out:
                out[-1] = unicodedata.normalize("NFC", out[-1] + char)
            else:
                out.append(char)
        words.append("".join(letters.get(c.lower(), c) for c in out) + tone)
    return " ".join(words)


def telex(parts: Parts, rng: random.Random) -> Parts:
    return _in_name(parts, rng, lambda name: _typed(name, TELEX, TELEX_TONE))


def vni(parts: Parts, rng: random.Random) -> Parts:
    return _in_name(parts, rng, lambda name: _typed(name, VNI, VNI_TONE))


def telex_all(parts: Parts, rng: random.Random) -> Parts:
    return _each(parts, lambda part: _typed(part, TELEX, TELEX_TONE))


def vni_all(parts: Parts, rng: random.Random) -> Parts:
    return _each(parts, lambda part: _typed(part, VNI, VNI_TONE))


def add_street(parts: Parts, rng: random.Random) -> Parts:
    alley = f" ngõ {rng.randint(2, 300)}" if rng.random() < 0.4 else ""
    return parts._replace(front=f"{rng.randint(1, 400)}{alley} {rng.choice(STREETS)}")


def add_hamlet(parts: Parts, rng: random.Random) -> Parts:
    return parts._replace(front=rng.choice(HAMLETS).format(n=rng.randint(1, 20)))


def add_noise(parts: Parts, rng: random.Random) -> Parts:
    return parts._replace(front=f"{parts.front} {rng.choice(NOISE)}".strip())


def add_country(parts: Parts, rng: random.Random) -> Parts:
    return parts._replace(province=f"{parts.province}, {rng.choice(('Việt Nam', 'Vietnam', 'VN', '100000'))}")


def repeat_tail(parts: Parts, rng: random.Random) -> Parts:
    return parts._replace(province=f"{parts.province}, {parts.province}")


def repeat_all(parts: Parts, rng: random.Random) -> Parts:
    tail = ", ".join(part for part in parts[1:4] if part)
    return parts._replace(province=f"{parts.province}, {tail}")


def old_in_parentheses(parts: Parts, rng: random.Random) -> Parts:
    """Name the commune of the other edition too: ``Phường Ba Đình (phường Trúc Bạch cũ)``."""
    if not parts.other_commune:
        return parts
    word = "cũ" if not parts.district else "mới"
    form = rng.choice(
        ("({name} {word})", "({name})", "(trước là {name})" if word == "cũ" else "(nay là {name})")
    )
    return parts._replace(commune=f"{parts.commune} {form.format(name=parts.other_commune, word=word)}")


def mix_province(parts: Parts, rng: random.Random) -> Parts:
    """Name the province of the other edition."""
    return parts._replace(province=parts.other_province) if parts.other_province else parts


def mix_district(parts: Parts, rng: random.Random) -> Parts:
    """Name the former district of a 2025 commune."""
    return parts._replace(district=parts.other_district) if parts.other_district else parts


def _in_words(parts: Parts, change: Callable[[list[str]], object]) -> Parts:
    kind, name = bare(parts.commune)
    words = name.split()
    if len(words) > 1:
        change(words)
    return parts._replace(commune=f"{kind} {' '.join(words)}".strip())


def swap_words(parts: Parts, rng: random.Random) -> Parts:
    """Take the words of the commune's name in another order: ``Vọng Dịch Hậu``."""

    def change(words: list[str]) -> None:
        at = rng.randrange(len(words) - 1)
        words[at : at + 2] = reversed(words[at : at + 2])

    return _in_words(parts, change)


def drop_word(parts: Parts, rng: random.Random) -> Parts:
    """Leave out a word of a commune's name of three: ``Dịch Hậu``."""
    if len(bare(parts.commune)[1].split()) < 3:
        return parts
    return _in_words(parts, lambda words: words.pop(rng.randrange(len(words))))


def drop_district(parts: Parts, rng: random.Random) -> Parts:
    return parts._replace(district="")


def drop_province(parts: Parts, rng: random.Random) -> Parts:
    return parts._replace(province="") if parts.district else parts


TYPING: tuple[Change, ...] = (
    drop_letter, swap_letters, wrong_key, double_letter, join_words, split_word, wrong_tone,
)  # fmt: skip
HABITS: tuple[Change, ...] = (
    drop_accents_of_one, drop_accents, move_tones, abbreviate, abbreviate_tight, short_city, drop_kinds,
    english,
    telex, vni, telex_all, vni_all, add_street, add_hamlet, add_noise, add_country, repeat_tail, repeat_all,
    old_in_parentheses, mix_province, mix_district,
)  # fmt: skip
MISSING: tuple[Change, ...] = (drop_district, drop_province, swap_words, drop_word)
"""What may leave an address with several meanings."""
JOINS = (
    "no commas", "hyphens", "semicolons", "slashes", "lines", "tight commas", "reversed", "shuffled",
    "upper case",
    "lower case", "decomposed",
)  # fmt: skip
_SEPARATORS = {
    "no commas": " ", "hyphens": " - ", "semicolons": "; ", "slashes": " / ", "lines": "\n",
    "tight commas": ",",
}  # fmt: skip
SPOILING = frozenset({"telex", "vni", "telex_all", "vni_all"})
"""Ways of typing that stand for one another: no address has two of them."""


def joined(parts: Parts, rng: random.Random) -> str:
    """Write the parts as one line in the order and with the separators chosen."""
    given = [part for part in parts[:4] if part]
    if parts.order == "reversed":
        given.reverse()
    elif parts.order == "shuffled":
        rng.shuffle(given)
    text = _SEPARATORS.get(parts.order, ", ").join(given)
    if parts.order == "upper case":
        return text.upper()
    if parts.order == "lower case":
        return text.lower()
    return unicodedata.normalize("NFD", text) if parts.order == "decomposed" else text
