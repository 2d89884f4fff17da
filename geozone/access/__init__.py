"""Who may do what: roles, rights, scopes, and the one policy that everything asks.

Nothing here knows HTTP, a database or the clock: the service, the command line and a notebook hand over
who asks, for what and about what, and get the same answer.
"""

from geozone.access.identity import EVERYWHERE, Identity, Resource, Scope
from geozone.access.policy import AccessPolicy, Verdict
from geozone.access.roles import ASSIGNABLE, RIGHTS_OF, Right, Role

__all__ = [
    "ASSIGNABLE",
    "EVERYWHERE",
    "RIGHTS_OF",
    "AccessPolicy",
    "Identity",
    "Resource",
    "Right",
    "Role",
    "Scope",
    "Verdict",
]
