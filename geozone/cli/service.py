"""``geozone serve`` and ``geozone demo``."""

from __future__ import annotations

import shutil
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from geozone.cli.console import WorkspaceOption, actor, now, progress_bars, say, warn
from geozone.cli.keys import unlock
from geozone.settings import Settings, find_workspace

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import APIRouter, FastAPI

    from geozone.api import ServiceOptions
    from geozone.api.drafts import DraftService
    from geozone.release import ReleaseStore

_DRAFTS = "/drafts"
_DEMO = "geozone-demo"


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port to listen on.")] = None,
    analyst: Annotated[
        bool, typer.Option("--analyst", help="Serve the review of doubtful addresses too, behind a token.")
    ] = False,
    allow_remote: Annotated[
        bool,
        typer.Option("--allow-remote-analyst", help="With --analyst, on an address other than this machine."),
    ] = False,
    workers: Annotated[
        int, typer.Option(min=1, max=64, help="Processes that serve; one for each core is enough.")
    ] = 1,
    workspace: WorkspaceOption = None,
) -> None:
    """Serve the map at /, OGC API at /ogc, tiles at /tiles, documentation at /docs."""
    from geozone.workspace import open_public

    settings = Settings()
    where = host or settings.host
    if analyst and not allow_remote and not _is_loopback(where):
        raise typer.BadParameter(
            f"--analyst gives addresses of patients, and {where} can be reached from other machines;"
            " add --allow-remote-analyst only behind a proxy that encrypts"
        )
    if analyst and workers > 1:
        raise typer.BadParameter(
            "--analyst is served by one process, which holds the live draft;"
            f" run the public service beside it: geozone serve --workers {workers} --port ..."
        )
    root = find_workspace(workspace or settings.workspace, Path.cwd())
    releases, cache = open_public(root)
    if not releases.list():
        warn("No release yet: the map will say so. Make one: geozone draft --as-of DATE, geozone release")
    with ExitStack() as opened:
        part = _analyst_part(root, releases, settings, opened) if analyst else _Private()
        chosen = settings.port if port is None else port
        _serve(releases, cache, settings, where, chosen, part, workers=workers)


def _both(one: Callable[[], None], other: Callable[[], None]) -> Callable[[], None]:
    def call() -> None:
        one()
        other()

    return call


class _Private(NamedTuple):
    """What is served to analysts only, and what they must be told."""

    routers: tuple[APIRouter, ...] = ()
    drafts: DraftService | None = None
    said: tuple[str, ...] = ()


def _is_loopback(host: str) -> bool:
    from ipaddress import ip_address

    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _analyst_part(root: Path, releases: ReleaseStore, settings: Settings, opened: ExitStack) -> _Private:
    """Open the private part of the workspace; nothing of it is loaded otherwise."""
    from geozone.api import ServiceOptions
    from geozone.api.access import TokenPolicy
    from geozone.api.approvals import approvals_router
    from geozone.api.desk import WorkspaceDesk
    from geozone.api.draft_office import WorkspaceOffice
    from geozone.api.drafts import DraftService
    from geozone.api.review import review_router
    from geozone.pipeline.live import LiveDraft
    from geozone.workspace import Workspace

    space = opened.enter_context(Workspace.open(root, database_url=settings.database))
    unlock(settings, space.keys)
    policy, token = TokenPolicy.new(actor(settings))
    drafts = DraftService(
        LiveDraft(space, now=now, actor=actor(settings), rules_folder=settings.rules_folder),
        releases,
        policy,
        note=lambda who, rows: space.store.note_reading("draft cases", rows, at=now(), actor=who),
        options=ServiceOptions(base_url=settings.base_url, cache=space.cache),
    )
    drafts.start()
    opened.callback(drafts.close)
    desk = WorkspaceDesk(space, now=now, rules_folder=settings.rules_folder, decided=drafts.follower.look)
    said = (
        "Review: /api/v1/review, drafts: /api/v1/drafts, live draft: /drafts, with this header;"
        " the token ends with this run.",
        f"Authorization: Bearer {token}",
    )
    office = WorkspaceOffice(space, now=now)
    return _Private((review_router(desk, policy), approvals_router(office, policy)), drafts, said)


def demo(
    port: Annotated[int | None, typer.Option("--port", min=0, max=65535, help="Port to listen on.")] = None,
    no_serve: Annotated[bool, typer.Option("--no-serve", help="End after the release.")] = False,
    folder: Annotated[Path, typer.Option("--folder", help="Folder to use; made anew.")] = Path(_DEMO),
    seed: Annotated[int, typer.Option("--seed", help="Another seed makes another outbreak.")] = 2021,
) -> None:
    """Run a made-up outbreak around Bac Ninh and Hanoi through the whole pipeline, and serve its map."""
    from geozone.api import prepare_first_view
    from geozone.demo import run_demo
    from geozone.workspace import MARKER, Workspace

    settings = Settings()
    if folder.exists():
        if any(folder.iterdir()) and not (folder / MARKER).is_file():
            raise typer.BadParameter(f"{folder} exists and is not a geozone workspace; name another --folder")
        shutil.rmtree(folder)
    with Workspace.create(folder, created_at=now()) as space:
        with progress_bars() as progress:
            report = run_demo(space, seed=seed, at=now(), actor=actor(settings), progress=progress)
            prepare_first_view(space.releases, space.cache, progress=progress)
        for line in report.lines():
            say(line)
        if no_serve:
            say(f"The workspace is {folder}. Serve it: geozone serve --workspace {folder}")
            return
        releases, cache = space.releases, space.cache
    _serve(releases, cache, settings, settings.host, settings.port if port is None else port)


def _serve(
    releases: ReleaseStore,
    cache: Path,
    settings: Settings,
    host: str,
    port: int,
    private: _Private = _Private(),
    workers: int = 1,
) -> None:
    import socket
    from functools import partial

    from geozone.api import create_app
    from geozone.api.running import run_service

    def with_private(_: Path | None) -> FastAPI:
        options = _options(settings.base_url, cache)
        drafts = private.drafts
        mounted = {} if drafts is None else {_DRAFTS: drafts.app}
        app = create_app(releases, options=options, private=private.routers, mounted=mounted)
        if drafts is not None:
            app.state.end_streams = _both(app.state.events.close, drafts.events.close)
        return app

    build = with_private if workers == 1 else partial(_public_app, cache.parent, settings.base_url)
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise typer.BadParameter(
            f"{host}:{port} cannot be used: {error.strerror}; name another --port"
        ) from error
    # It listens before anything is said, so that a browser opened at once waits instead of being refused.
    shown = "localhost" if host in ("127.0.0.1", "::1", "0.0.0.0") else host  # noqa: S104
    say(f"Map: http://{shown}:{listener.getsockname()[1]}/   (Ctrl+C stops)")
    for line in private.said:
        say(line)

    run_service(build, listener, workers=workers)


def _public_app(root: Path, base_url: str | None, counts: Path | None) -> FastAPI:
    """Make the public service in a worker's own process."""
    from geozone.api import create_app
    from geozone.workspace import open_public

    releases, cache = open_public(root)
    return create_app(releases, options=_options(base_url, cache, counts))


def _options(base_url: str | None, cache: Path, counts: Path | None = None) -> ServiceOptions:
    from geozone.api import ServiceOptions
    from geozone.release.signing import KeyFolder
    from geozone.workspace import KEYS

    keys = KeyFolder(cache.parent / KEYS)
    return ServiceOptions(base_url=base_url, cache=cache, trust=keys.trust, shared_metrics=counts)
