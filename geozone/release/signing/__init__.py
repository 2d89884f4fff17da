"""Who published: keys, the ring of public keys, signed statements, and whom a reader trusts."""

from geozone.release.signing.judging import Judgement, Standing, judge
from geozone.release.signing.key_folder import KeyFolder
from geozone.release.signing.private_keys import SigningKey
from geozone.release.signing.ring import KeyRing, PublicKey, Revocation
from geozone.release.signing.statements import Statement, fingerprint_of, grouped
from geozone.release.signing.trust import Head, Trust, TrustFile

__all__ = [
    "Head",
    "Judgement",
    "KeyFolder",
    "KeyRing",
    "PublicKey",
    "Revocation",
    "SigningKey",
    "Standing",
    "Statement",
    "Trust",
    "TrustFile",
    "fingerprint_of",
    "grouped",
    "judge",
]
