"""What a verification found: a verdict, in two languages and for machines."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

from geozone.release.findings import Finding
from geozone.release.signing.judging import Judgement, Standing
from geozone.release.signing.statements import grouped

__all__ = ["Verdict", "VerifyReport"]


class Verdict(Enum):
    """What to think of a release; the value is its exit code, its name and a sentence in two languages."""

    GENUINE = (
        0,
        "genuine",
        "THẬT: nguyên vẹn và do khóa được tin cậy ký.",
        "GENUINE: whole, and signed by a trusted key.",
    )
    ALTERED = (
        1,
        "altered",
        "KHÔNG THẬT: đã bị sửa đổi, thiếu hoặc giả mạo.",
        "NOT GENUINE: altered, incomplete or forged.",
    )
    UNCONFIRMED = (
        3,
        "unconfirmed",
        "CHƯA XÁC NHẬN ĐƯỢC: nguyên vẹn, nhưng chưa rõ ai công bố.",
        "NOT CONFIRMED: whole, but who published it is not established.",
    )
    REVOKED = (
        4,
        "revoked",
        "KHÔNG CÒN GIÁ TRỊ: nguyên vẹn, nhưng chữ ký không còn được công nhận.",
        "NO LONGER VALID: whole, but its signature is no longer accepted.",
    )

    @property
    def exit_code(self) -> int:
        """Exit code of the command line; 2 stays for wrong usage."""
        return self.value[0]

    @property
    def word(self) -> str:
        """Name for machines."""
        return self.value[1]

    @property
    def vi(self) -> str:
        """Sentence in Vietnamese."""
        return self.value[2]

    @property
    def en(self) -> str:
        """Sentence in English."""
        return self.value[3]


_OF_STANDING = {
    Standing.GOOD: Verdict.GENUINE,
    Standing.VOUCHED: Verdict.GENUINE,
    Standing.UNSIGNED: Verdict.UNCONFIRMED,
    Standing.UNKNOWN: Verdict.UNCONFIRMED,
    Standing.FORGED: Verdict.ALTERED,
    Standing.REVOKED: Verdict.REVOKED,
    Standing.OUTSIDE: Verdict.REVOKED,
}


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """What a verification found.

    Attributes
    ----------
    digest : str
        The release.
    objects : int
        Blobs hashed again.
    chain : int
        Manifests hashed again, this one and its predecessors.
    findings : tuple of Finding
        What does not agree, each with what it concerns.
    signature : Judgement
        What its signature is worth.
    notes : tuple of Finding
        What a reader should know though nothing is wrong with it.
    """

    digest: str
    objects: int
    chain: int
    findings: tuple[Finding, ...]
    signature: Judgement
    notes: tuple[Finding, ...] = ()

    @property
    def problems(self) -> tuple[str, ...]:
        """The findings in English."""
        return tuple(finding.en for finding in self.findings)

    @property
    def ok(self) -> bool:
        """Whether all bytes and the history agree; whose they are is told by ``verdict``."""
        return not self.findings

    @property
    def verdict(self) -> Verdict:
        """What to think of it."""
        return Verdict.ALTERED if self.findings else _OF_STANDING[self.signature.standing]

    def to_dict(self) -> dict[str, Any]:
        """Write it for machines.

        Returns
        -------
        dict
            Plain values.
        """
        return {
            "digest": self.digest,
            "verdict": self.verdict.word,
            "verdict_vi": self.verdict.vi,
            "verdict_en": self.verdict.en,
            "ok": self.ok,
            "objects": self.objects,
            "chain": self.chain,
            "problems": list(self.problems),
            "findings": [{"code": one.code, "vi": one.vi, "en": one.en} for one in self.findings],
            "notes": [{"code": one.code, "vi": one.vi, "en": one.en} for one in self.notes],
            "signature": self.signature.to_dict(),
        }

    def lines(self, language: str = "en") -> tuple[str, ...]:
        """Write it for people.

        Parameters
        ----------
        language : str
            ``vi`` or ``en``.

        Returns
        -------
        tuple of str
            The verdict, then one line per finding.
        """
        vi = language == "vi"
        found = [self.verdict.vi if vi else self.verdict.en, f"  {self.digest}"]
        found.append(f"  {self.signature.vi if vi else self.signature.en}")
        if self.signature.standing is Standing.UNKNOWN and self.signature.key:
            found.append(f"  geozone keys trust {grouped(self.signature.key).replace(' ', '')}")
        found += [f"  - {one.vi if vi else one.en}" for one in (*self.findings, *self.notes)]
        if self.ok:
            found.append(
                f"  {self.objects} tệp dữ liệu và {self.chain} bản kê khớp với mã băm."
                if vi
                else f"  whole: {self.objects} objects and {self.chain} manifests agree with their digests"
            )
        else:
            found.append("  Bản này KHÔNG nguyên vẹn." if vi else "  NOT whole")
        return tuple(found)
