"""Who asks, within which limits, and about what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from geozone.access.roles import Role

__all__ = ["EVERYWHERE", "Identity", "Resource", "Scope"]


@dataclass(frozen=True, slots=True)
class Resource:
    """What a request is about.

    Attributes
    ----------
    areas : tuple of tuple of str
        Every place it concerns, each as the codes of its commune, district and province, as far as they
        are known. ``((),)`` is a place that nobody knows yet.
    attributes : mapping of str to frozenset of str
        What else limits may be set on, such as ``{"disease": {"covid-19"}}``.
    """

    areas: tuple[tuple[str, ...], ...] = ()
    attributes: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scope:
    """The limits that a role is held within.

    Attributes
    ----------
    areas : frozenset of str or None
        Codes of provinces (2 digits), districts (3) and communes (5); ``None`` for everywhere.
    attributes : mapping of str to frozenset of str
        Values allowed, by attribute; an attribute that is not named is not limited.
    """

    areas: frozenset[str] | None = None
    attributes: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def limited(self) -> bool:
        """Whether there is any limit."""
        return self.areas is not None or bool(self.attributes)

    def covers_place(self, codes: Sequence[str]) -> bool:
        """Tell whether a place lies within.

        Parameters
        ----------
        codes : sequence of str
            Its commune, district and province, as far as they are known.

        Returns
        -------
        bool
            A place that nobody knows lies within no limits.
        """
        return self.areas is None or any(code in self.areas for code in codes)

    def covers(self, resource: Resource) -> bool:
        """Tell whether all of something lies within.

        Parameters
        ----------
        resource : Resource
            What is asked about.

        Returns
        -------
        bool
            Whether every place and every attribute does.
        """
        return all(self.covers_place(codes) for codes in resource.areas) and all(
            name not in self.attributes or values <= self.attributes[name]
            for name, values in resource.attributes.items()
        )

    def within(self, outer: Scope) -> bool:
        """Tell whether these limits are no wider than others.

        Parameters
        ----------
        outer : Scope
            The others.

        Returns
        -------
        bool
            Code by code: a commune is not looked up in its province.
        """
        if outer.areas is not None and (self.areas is None or not self.areas <= outer.areas):
            return False
        return all(
            name in self.attributes and self.attributes[name] <= values
            for name, values in outer.attributes.items()
        )


EVERYWHERE = Scope()
"""No limits."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Somebody, or a machine, that the service knows.

    Attributes
    ----------
    name : str
        Who is recorded for what is done.
    role : Role
        What they are.
    scope : Scope
        Within which limits.
    must_change_password : bool
        They hold a one-time secret: nothing is open to them but a new password.
    machine : bool
        Whether it is a key of a machine: it reads and submits, and decides nothing.
    """

    name: str
    role: Role
    scope: Scope = EVERYWHERE
    must_change_password: bool = False
    machine: bool = False
