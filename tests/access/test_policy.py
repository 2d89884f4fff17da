"""The policy: the table of roles and rights, limits, four eyes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geozone.access import RIGHTS_OF, AccessPolicy, Identity, Resource, Right, Role, Scope
from geozone.errors import DeniedError

EXPECTED = """
                viewer analyst approver admin owner
release:read    x      x       x        x     x
account:self    x      x       x        x     -
review:read     -      x       -        -     x
review:decide   -      x       -        -     x
case:read       -      x       -        -     x
case:import     -      x       -        -     x
draft:read      -      x       x        -     x
draft:edit      -      x       -        -     x
draft:submit    -      x       -        -     x
draft:approve   -      -       x        -     x
draft:release   -      -       x        -     x
audit:read      -      -       -        x     x
account:manage  -      -       -        x     -
"""


def test_roles_have_the_rights_of_the_table() -> None:
    head, *lines = EXPECTED.strip().splitlines()
    roles = [Role(name) for name in head.split()]
    assert set(roles) == set(Role)
    assert {line.split()[0] for line in lines} == {str(right) for right in Right}
    for line in lines:
        right, *marks = line.split()
        for role, mark in zip(roles, marks, strict=True):
            assert (Right(right) in RIGHTS_OF[role]) is (mark == "x"), (role, right)


def test_nobody_known_reads_releases_only_and_only_where_they_are_public() -> None:
    for right in Right:
        assert AccessPolicy().verdict(None, right).allowed is (right is Right.RELEASE_READ)
        assert not AccessPolicy(releases_public=False).verdict(None, right).allowed


def test_a_one_time_secret_opens_nothing_but_a_new_password() -> None:
    fresh = Identity("x", Role.ANALYST, must_change_password=True)
    policy = AccessPolicy(releases_public=False)
    assert [right for right in Right if policy.verdict(fresh, right).allowed] == [Right.ACCOUNT_SELF]


def test_a_place_that_nobody_knows_lies_within_no_limits() -> None:
    policy = AccessPolicy()
    nowhere = Resource(areas=((),))
    assert policy.verdict(Identity("x", Role.ANALYST), Right.CASE_READ, nowhere).allowed
    held = Identity("x", Role.ANALYST, Scope(frozenset({"01"})))
    assert not policy.verdict(held, Right.CASE_READ, nowhere).allowed


CODES = st.sampled_from(["01", "79", "00004", "26734"])
AREAS = st.one_of(st.none(), st.frozensets(CODES))
VALUES = st.frozensets(st.sampled_from(["covid-19", "dengue"]), min_size=1)
SCOPES = st.builds(Scope, AREAS, st.dictionaries(st.just("disease"), VALUES, max_size=1))
RESOURCES = st.builds(
    Resource,
    st.lists(st.lists(CODES, max_size=2).map(tuple), max_size=3).map(tuple),
    st.dictionaries(st.just("disease"), VALUES, max_size=1),
)


@given(SCOPES, SCOPES, RESOURCES)
def test_narrower_limits_never_cover_more(inner: Scope, outer: Scope, resource: Resource) -> None:
    if inner.within(outer) and inner.covers(resource):
        assert outer.covers(resource)


@given(SCOPES, RESOURCES, RESOURCES)
def test_all_of_a_thing_must_lie_within(scope: Scope, one: Resource, other: Resource) -> None:
    both = Resource(one.areas + other.areas)
    assert scope.covers(both) == (scope.covers(Resource(one.areas)) and scope.covers(Resource(other.areas)))


@given(SCOPES, RESOURCES, st.sampled_from(list(Right)))
def test_limits_only_ever_take_away(scope: Scope, resource: Resource, right: Right) -> None:
    policy = AccessPolicy()
    for role in Role:
        if policy.verdict(Identity("x", role, scope), right, resource).allowed:
            assert policy.verdict(Identity("x", role), right, resource).allowed


def test_four_eyes(who: Callable[..., Identity]) -> None:
    policy = AccessPolicy()
    with pytest.raises(DeniedError, match="somebody else"):
        policy.require_other(who("an", "approver"), ["an", "bình"])
    policy.require_other(who("chi", "approver"), ["an", "bình"])
    AccessPolicy(four_eyes=False).require_other(who("an", "owner"), ["an"])
