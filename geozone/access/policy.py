"""The one policy: identity, right and resource in, allowed or not and why out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from geozone.access.identity import Identity, Resource
from geozone.access.roles import PEOPLE_ONLY, RIGHTS_OF, Right
from geozone.errors import DeniedError

__all__ = ["AccessPolicy", "Verdict"]

_ANYWHERE = Resource()


class Verdict(NamedTuple):
    """What the policy says.

    Attributes
    ----------
    allowed : bool
        Whether it may be done.
    reason : str
        Why not, for the person; empty where it may.
    """

    allowed: bool
    reason: str


_YES = Verdict(True, "")


@dataclass(frozen=True, slots=True)
class AccessPolicy:
    """Decides for the service, the tiles, the events, the map, exports, the command line and notebooks.

    Attributes
    ----------
    releases_public : bool
        Whether anybody may read what has been published.
    four_eyes : bool
        Whether somebody else must approve what one has drawn or submitted.
    purpose_required : bool
        Whether whoever reads identifiers or exact points must say why.
    """

    releases_public: bool = True
    four_eyes: bool = True
    purpose_required: bool = False

    def verdict(self, identity: Identity | None, right: Right, resource: Resource = _ANYWHERE) -> Verdict:
        """Decide.

        Parameters
        ----------
        identity : Identity or None
            Who asks; ``None`` for somebody unknown.
        right : Right
            For what.
        resource : Resource
            About what; by default about nothing in particular.

        Returns
        -------
        Verdict
            Whether it may be done, and why not.
        """
        if right is Right.RELEASE_READ and self.releases_public:
            return _YES
        if identity is None:
            return Verdict(False, "You must sign in for this.")
        if identity.must_change_password and right is not Right.ACCOUNT_SELF:
            return Verdict(False, "Choose a password of your own first.")
        if identity.machine and right in PEOPLE_ONLY:
            return Verdict(False, "A key of a machine decides nothing: a person must sign in for this.")
        if right not in RIGHTS_OF[identity.role]:
            return Verdict(False, f"The role {identity.role} may not do this ({right}).")
        if right is not Right.RELEASE_READ and not identity.scope.covers(resource):
            return Verdict(False, "This lies outside the area or the diseases you are responsible for.")
        return _YES

    def require(self, identity: Identity | None, right: Right, resource: Resource = _ANYWHERE) -> None:
        """Refuse what may not be done.

        Parameters
        ----------
        identity : Identity or None
            Who asks.
        right : Right
            For what.
        resource : Resource
            About what.

        Raises
        ------
        DeniedError
            If it may not be done.
        """
        allowed, reason = self.verdict(identity, right, resource)
        if not allowed:
            raise DeniedError(reason, known=identity is not None)

    def other_verdict(self, identity: Identity, hands: Iterable[str]) -> Verdict:
        """Decide whether somebody is another than those whose work it is.

        Parameters
        ----------
        identity : Identity
            Who would approve or release.
        hands : iterable of str
            Who drew it and who submitted it.

        Returns
        -------
        Verdict
            Refused to those among them, where four eyes are asked for.
        """
        if self.four_eyes and identity.name in set(hands):
            return Verdict(
                False, "Who drew or submitted a draft neither approves nor releases it: somebody else must."
            )
        return _YES

    def require_other(self, identity: Identity, hands: Iterable[str]) -> None:
        """Refuse one who has had a hand in what is to be approved.

        Parameters
        ----------
        identity : Identity
            Who would approve or release.
        hands : iterable of str
            Who drew it and who submitted it.

        Raises
        ------
        DeniedError
            If they are among them, and four eyes are asked for.
        """
        allowed, reason = self.other_verdict(identity, hands)
        if not allowed:
            raise DeniedError(reason)
