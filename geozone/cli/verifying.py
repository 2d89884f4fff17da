"""``geozone verify``: a release, an archive, a manifest or a service held against signatures and history."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from geozone.cli.console import (
    AsJson,
    Language,
    LanguageOption,
    WorkspaceOption,
    answer,
    now,
    opened,
)
from geozone.errors import NotFoundError, StoreError
from geozone.settings import Settings, find_workspace

if TYPE_CHECKING:
    from geozone.release import ReleaseStore, VerifyReport
    from geozone.release.signing import Trust, TrustFile

_LARGEST_ANSWER = 32 << 20
_TIMEOUT_S = 30.0


def verify(
    release: Annotated[
        str,
        typer.Argument(
            help="Digest, its beginning, or current; a bundle or archive; a release folder or one of its "
            "manifests; the address of a service, or what a QR code says.",
        ),
    ] = "current",
    language: LanguageOption = Language.VI,
    workspace: WorkspaceOption = None,
    as_json: AsJson = False,
) -> None:
    """Hash everything again, check signatures and history, and name what does not agree.

    Ends with 0 if genuine, 1 if altered or forged, 3 if whole but signed by nobody you trust, 4 if its
    key was revoked.
    """
    report = _verified(release, workspace)
    first = f"{report.verdict.vi}  /  {report.verdict.en}"
    answer(as_json, report.to_dict(), first, *report.lines(language.value)[1:])
    if report.verdict.exit_code:
        raise typer.Exit(report.verdict.exit_code)


def _verified(named: str, workspace: Path | None) -> VerifyReport:
    from geozone.release import verify_archive
    from geozone.release.signing import TrustFile

    settings = Settings()
    file = TrustFile(settings.trust_path)
    path = Path(named)
    if named.startswith(("http://", "https://")):
        return _service(named, file, file.read() | _own(workspace, settings))
    if path.is_dir() or path.suffix == ".json":
        return _folder(path, file, file.read() | _own(workspace, settings))
    if path.is_file():
        return verify_archive(path, file.read() | _own(workspace, settings))
    with opened(workspace) as (space, _):
        report = space.releases.verify(named, space.keys.trust())
        _remember(space.releases, report, space.keys.seen)
        return report


def _own(workspace: Path | None, settings: Settings) -> Trust:
    """Trust the keys of the workspace one stands in, if there is one; its history is not expected."""
    from dataclasses import replace

    from geozone.release.signing import KeyFolder, Trust
    from geozone.workspace import KEYS

    try:
        root = find_workspace(workspace or settings.workspace, Path.cwd())
    except NotFoundError:
        return Trust()
    return replace(KeyFolder(root / KEYS).trust(), expected=False)


def _folder(path: Path, file: TrustFile, trust: Trust) -> VerifyReport:
    from geozone.release import ReleaseStore

    ref = "current"
    if path.is_file():
        ref, path = path.stem, path.parent.parent
    elif (path / "releases" / "manifests").is_dir():
        path /= "releases"
    if not (path / "manifests").is_dir():
        raise NotFoundError(f"{path} is not a folder of releases")
    releases = ReleaseStore(path, repair=False)
    report = releases.verify(ref, trust)
    _remember(releases, report, file)
    return report


def _remember(releases: ReleaseStore, report: VerifyReport, file: TrustFile) -> None:
    """Keep what a genuine release taught; where that cannot be written, nothing is lost but memory."""
    from geozone.release import Verdict

    if report.verdict is not Verdict.GENUINE:
        return
    seen = releases.newest_seen(report, now())
    try:
        if seen is None:
            file.learn(ring=releases.ring())
        else:
            file.learn(ring=releases.ring(), root=seen[0], head=seen[1])
    except StoreError:
        return


def _service(url: str, file: TrustFile, trust: Trust) -> VerifyReport:
    import httpx

    from geozone.release.remote import address_parts, verify_service

    base, digest = address_parts(url)
    with httpx.Client(timeout=_TIMEOUT_S, follow_redirects=False) as client:

        def fetch(address: str) -> bytes | None:
            with client.stream("GET", address, headers={"Accept": "application/json"}) as found:
                if found.status_code != 200:
                    return None
                data = b""
                for piece in found.iter_bytes():
                    data += piece
                    if len(data) > _LARGEST_ANSWER:
                        raise StoreError(f"{base} sends more than a manifest can be")
                return data

        try:
            report, ring, seen = verify_service(fetch, base, digest, trust, at=f"{now():%Y-%m-%dT%H:%M:%SZ}")
        except httpx.HTTPError as error:
            raise StoreError(f"{base} cannot be reached ({type(error).__name__})") from None
    if seen is not None:
        file.learn(ring=ring, root=seen[0], head=seen[1])
    return report
