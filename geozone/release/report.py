"""What a verification found, in words and for machines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["VerifyReport"]


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
    problems : tuple of str
        What does not agree, each with what it concerns.
    """

    digest: str
    objects: int
    chain: int
    problems: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether everything agrees."""
        return not self.problems

    def to_dict(self) -> dict[str, Any]:
        """Write it for machines.

        Returns
        -------
        dict
            Plain values.
        """
        return {
            "digest": self.digest,
            "ok": self.ok,
            "objects": self.objects,
            "chain": self.chain,
            "problems": list(self.problems),
        }

    def lines(self) -> tuple[str, ...]:
        """Write it for people.

        Returns
        -------
        tuple of str
            One line per finding.
        """
        if self.ok:
            return (
                f"{self.digest}: whole; {self.objects} objects and {self.chain} manifests agree with "
                "their digests",
            )
        return (f"{self.digest}: NOT whole", *(f"  {problem}" for problem in self.problems))
