"""One file that holds a release and can be verified anywhere."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from geozone.release.disk import digest_of, refusals, write_whole
from geozone.release.manifest import object_digests
from geozone.release.signatures import RING
from geozone.release.signing import SigningKey
from geozone.release.signing.statements import Statement
from geozone.release.snapshot import Release

__all__ = [
    "BUNDLE_SIGNATURE",
    "CHECKSUMS",
    "archive",
    "bundle_statement",
    "checksums_bytes",
    "release_members",
]

CHECKSUMS = "checksums.json"
"""File of a bundle that names every file beside the release with its SHA-256."""

BUNDLE_SIGNATURE = "signatures/bundle.json"
"""File of a bundle that signs the list of its files."""
_EPOCH = (1980, 1, 1, 0, 0, 0)


def archive(release: Release, path: Path) -> None:
    """Write a release to one ZIP file; the same release always gives the same bytes.

    Parameters
    ----------
    release : Release
        Every blob of it is checked as it is read.
    path : Path
        The file; it is replaced only when the archive is complete.

    Raises
    ------
    StoreError
        If a blob is missing or has changed, or the disk refuses.
    """
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as file:
        for name, data in release_members(release):
            info = zipfile.ZipInfo(name, _EPOCH)
            info.external_attr = 0o644 << 16
            file.writestr(info, data)
    with refusals(path):
        write_whole(path, sink.getvalue())


def release_members(release: Release) -> Iterator[tuple[str, bytes]]:
    """Give the files that make up a release.

    Parameters
    ----------
    release : Release
        Every blob of it is checked as it is read.

    Yields
    ------
    name : str
        Name in an archive; it must be stored there without compression.
    data : bytes
        The manifest, a blob, the signature, or the ring of public keys.

    Raises
    ------
    StoreError
        If a blob is missing or has changed.
    """
    yield f"manifests/{release.digest}.json", release.manifest_bytes()
    for name in sorted(object_digests(release.manifest)):
        yield f"objects/{name}", release.blob(name)
    statement, ring = release.statement(), release.ring()
    if statement is not None:
        yield f"signatures/{release.digest}.json", statement
    if ring:
        yield RING, ring.to_bytes()


def checksums_bytes(digests: Mapping[str, str]) -> bytes:
    """Write the list of the files of a bundle.

    Parameters
    ----------
    digests : mapping of str
        SHA-256 by name.

    Returns
    -------
    bytes
        JSON, names sorted.
    """
    return json.dumps(dict(digests), indent=0, sort_keys=True).encode()


def bundle_statement(release: Release, checksums: bytes, signer: SigningKey) -> bytes | None:
    """Sign the list of the files of a bundle, so that its map cannot be exchanged.

    Parameters
    ----------
    release : Release
        The release that the bundle is made of.
    checksums : bytes
        The list.
    signer : SigningKey
        Key that signs it.

    Returns
    -------
    bytes or None
        A signed statement of the time of the release's own signature (or the first moment of a later
        key), so that the same release gives the same bytes; none if the release itself is not signed.
    """
    own = release.statement()
    if own is None:
        return None
    key = release.ring().key(signer.fingerprint)
    at = Statement.from_bytes(own, "release").at
    fields = {"digest": release.digest, "files": digest_of(checksums)}
    return signer.sign("bundle", fields, at=at if key is None else max(at, key.since)).to_bytes()
