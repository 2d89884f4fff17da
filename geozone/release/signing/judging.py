"""What the signature of a release is worth to a reader."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from geozone.release.signing.ring import KeyRing, PublicKey
from geozone.release.signing.statements import Statement, grouped
from geozone.release.signing.trust import Trust

__all__ = ["Judgement", "Standing", "judge", "vouched"]


class Standing(StrEnum):
    """What a signature is worth."""

    GOOD = "good"
    """By a trusted key, in its time."""
    VOUCHED = "vouched"
    """A later release, signed by a trusted key, names this one as part of its history."""
    UNSIGNED = "unsigned"
    UNKNOWN = "unknown-key"
    """By a key that the reader has not been told to trust."""
    FORGED = "forged"
    """The signature does not belong to this release, or to no key at all."""
    REVOKED = "revoked"
    """By a key that somebody else may hold, or after it was given up."""
    OUTSIDE = "outside"
    """By a trusted key, outside the time in which it may sign."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a signature is worth, and why.

    Attributes
    ----------
    standing : Standing
        What it is worth.
    vi, en : str
        Why, in a sentence of each language.
    key : str or None
        Fingerprint of the key that it names.
    name : str
        The office that the key belongs to, as it calls itself.
    at : str or None
        When it was made, as it says; UTC, RFC 3339.
    length : int or None
        How many releases the history had, as it says.
    """

    standing: Standing
    vi: str
    en: str
    key: str | None = None
    name: str = ""
    at: str | None = None
    length: int | None = None

    @property
    def good(self) -> bool:
        """Whether a reader may rely on it."""
        return self.standing in (Standing.GOOD, Standing.VOUCHED)

    def to_dict(self) -> dict[str, Any]:
        """Write it for machines.

        Returns
        -------
        dict
            Plain values.
        """
        return {
            "standing": str(self.standing),
            "key": self.key,
            "name": self.name,
            "at": self.at,
            "length": self.length,
            "vi": self.vi,
            "en": self.en,
        }


def judge(data: bytes | None, expected: Mapping[str, Any], ring: KeyRing, trust: Trust) -> Judgement:
    """Judge the signature of a release.

    Parameters
    ----------
    data : bytes or None
        The signed statement; none where there is none.
    expected : mapping
        What it must say: ``digest``, ``previous`` and, where it is known, ``length``.
    ring : KeyRing
        Every key known, those that came with the release included.
    trust : Trust
        Whom the reader trusts.

    Returns
    -------
    Judgement
        What it is worth.
    """
    if data is None:
        return Judgement(
            Standing.UNSIGNED, "Bản công bố này không có chữ ký số.", "This release carries no signature."
        )
    try:
        statement = Statement.from_bytes(data, "release")
    except ValueError as error:
        return _forged(None, "chữ ký bị hỏng", f"the signature is damaged: {error}")
    key = ring.key(statement.key)
    if key is None:
        return _unknown(statement, None)
    if not statement.signed_by(key.public):
        return _forged(statement, "chữ ký không phải của khóa được nêu", "the signature is not by its key")
    for name, value in expected.items():
        if statement.fields[name] != value:
            return _forged(
                statement,
                "chữ ký thuộc về một bản công bố khác",
                f"the signature belongs to another release: its {name} differs",
            )
    if key.fingerprint not in ring.trusted(trust.anchors):
        return _unknown(statement, key)
    return _in_its_time(statement, key)


def vouched(own: Judgement, later: Judgement, digest: str) -> Judgement:
    """Let a later release stand for one whose own signature is not worth enough.

    Parameters
    ----------
    own : Judgement
        Of the release.
    later : Judgement
        Of a release after it, which is good.
    digest : str
        That later release.

    Returns
    -------
    Judgement
        ``VOUCHED``.
    """
    return Judgement(
        Standing.VOUCHED,
        f"{own.vi} Nhưng bản công bố sau nó ({digest[:12]}) có chữ ký hợp lệ và nêu bản này trong lịch sử.",
        f"{own.en} But a later release ({digest[:12]}) is validly signed and has it in its history.",
        later.key,
        later.name,
        later.at,
        own.length,
    )


def _of(standing: Standing, vi: str, en: str, statement: Statement | None, name: str = "") -> Judgement:
    if statement is None:
        return Judgement(standing, vi, en)
    fields = statement.fields
    return Judgement(standing, vi, en, statement.key, name, str(fields["at"]), fields.get("length"))


def _forged(statement: Statement | None, vi: str, en: str) -> Judgement:
    return _of(Standing.FORGED, f"GIẢ MẠO: {vi}.", f"FORGED: {en}.", statement)


def _unknown(statement: Statement, key: PublicKey | None) -> Judgement:
    mark = grouped(statement.key)
    if key is None:
        return _of(
            Standing.UNKNOWN,
            f"Ký bằng khóa {mark}; không có khóa công khai này nên không kiểm tra được chữ ký.",
            f"Signed by key {mark}, whose public key is not here, so the signature cannot be checked.",
            statement,
        )
    return _of(
        Standing.UNKNOWN,
        f"Chữ ký khớp với khóa {mark} (tự xưng «{key.name}»), nhưng khóa này chưa được tin cậy ở đây: "
        "hãy đối chiếu mã khóa với mã in trên quyết định.",
        f'The signature fits key {mark} (which calls itself "{key.name}"), but this key is not trusted '
        "here yet: compare its fingerprint with the one printed on the order.",
        statement,
        key.name,
    )


def _in_its_time(statement: Statement, key: PublicKey) -> Judgement:
    mark, at = grouped(key.fingerprint), statement.fields["at"]
    refusal = key.refusal(statement.at)
    if refusal is None:
        return _of(
            Standing.GOOD,
            f"Chữ ký hợp lệ của «{key.name}», khóa {mark}, ký lúc {at}.",
            f'Validly signed by "{key.name}", key {mark}, at {at}.',
            statement,
            key.name,
        )
    if key.revocation is None or refusal == "early":
        return _of(
            Standing.OUTSIDE,
            f"Ký lúc {at}, ngoài thời hạn của khóa {mark} («{key.name}»).",
            f'Signed at {at}, outside the time in which key {mark} ("{key.name}") may sign.',
            statement,
            key.name,
        )
    revoked, reason = f"{key.revocation.at:%Y-%m-%d}", key.revocation.reason
    if refusal == "compromised":
        vi = (
            f"Khóa {mark} bị thu hồi ngày {revoked} vì có thể đã lọt vào tay người khác ({reason}): "
            "chữ ký của khóa này không còn giá trị."
        )
        en = (
            f"Key {mark} was revoked on {revoked} because somebody else may hold it ({reason}): "
            "its signatures no longer count."
        )
    else:
        vi = f"Ký lúc {at}, sau khi khóa {mark} bị thu hồi ngày {revoked} ({reason})."
        en = f"Signed at {at}, after key {mark} was revoked on {revoked} ({reason})."
    return _of(Standing.REVOKED, vi, en, statement, key.name)
