"""``geozone serve`` and ``geozone demo``."""

from __future__ import annotations

import shutil
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from geozone.cli.console import WorkspaceOption, actor, now, progress_bars, say, warn
from geozone.cli.private_service import DRAFTS, PrivatePart, for_accounts, for_one_person
from geozone.settings import Settings, find_workspace, identifier_keys

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import FastAPI

    from geozone.api import ServiceOptions
    from geozone.release import ReleaseStore

_DEMO = "geozone-demo"


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port to listen on.")] = None,
    analyst: Annotated[
        bool, typer.Option("--analyst", help="Serve the review of doubtful addresses too, behind a token.")
    ] = False,
    accounts: Annotated[
        bool, typer.Option("--accounts", help="Let people sign in: analysts, approvers, an admin.")
    ] = False,
    allow_remote: Annotated[
        bool,
        typer.Option(
            "--allow-remote-analyst",
            help="With --analyst or --accounts, on an address other than this machine.",
        ),
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
    if analyst and accounts:
        raise typer.BadParameter("name one of --analyst, for one person, and --accounts, for several")
    if (analyst or accounts) and not allow_remote and not _is_loopback(where):
        raise typer.BadParameter(
            f"analysts read addresses of patients, and {where} can be reached from other machines;"
            " add --allow-remote-analyst only behind a proxy that encrypts"
        )
    if (analyst or accounts) and workers > 1:
        raise typer.BadParameter(
            "analysts are served by one process, which holds the live draft;"
            f" run the public service beside it: geozone serve --workers {workers} --port ..."
        )
    root = find_workspace(workspace or settings.workspace, Path.cwd())
    releases, cache = open_public(root)
    if not releases.list():
        warn("No release yet: the map will say so. Make one: geozone draft --as-of DATE, geozone release")
    with ExitStack() as opened:
        part = PrivatePart()
        if analyst:
            part = for_one_person(root, releases, settings, opened)
        elif accounts:
            part = for_accounts(root, releases, settings, opened)
        chosen = settings.port if port is None else port
        _serve(releases, cache, settings, where, chosen, part, workers=workers)


def _both(one: Callable[[], None], other: Callable[[], None]) -> Callable[[], None]:
    def call() -> None:
        one()
        other()

    return call


def _is_loopback(host: str) -> bool:
    from ipaddress import ip_address

    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


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
    with Workspace.create(folder, created_at=now(), key_file=identifier_keys(settings, folder)) as space:
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
    private: PrivatePart = PrivatePart(),
    workers: int = 1,
) -> None:
    import socket
    from functools import partial

    from geozone.api import create_app
    from geozone.api.running import run_service

    def with_private(_: Path | None) -> FastAPI:
        options = _options(settings.base_url, cache)
        drafts = private.drafts
        mounted = {} if drafts is None else {DRAFTS: drafts.app}
        app = create_app(
            releases, options=options, private=private.routers, mounted=mounted, policy=private.policy
        )
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
    from geozone.workspace import KEYS, open_places

    root, settings = cache.parent, Settings()
    base_map = None
    if settings.base_map:
        from geozone.api.base_map import open_base_map
        from geozone.cli.fetching import fetch_tile

        base_map = open_base_map(settings.base_map, fetch_tile(), settings.base_map_attribution)
    return ServiceOptions(
        base_url=base_url,
        cache=cache,
        trust=KeyFolder(root / KEYS).trust,
        gazetteer=open_places(root),
        base_map=base_map,
        shared_metrics=counts,
    )
