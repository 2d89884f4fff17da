"""``geozone serve`` and ``geozone demo``."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from geozone.cli.console import WorkspaceOption, actor, now, progress_bars, say, warn
from geozone.settings import Settings, find_workspace

if TYPE_CHECKING:
    from types import FrameType

    from geozone.release import ReleaseStore

_DEMO = "geozone-demo"


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port to listen on.")] = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Serve the map at /, OGC API at /ogc, tiles at /tiles, documentation at /docs."""
    from geozone.workspace import open_public

    settings = Settings()
    releases, cache = open_public(find_workspace(workspace or settings.workspace, Path.cwd()))
    if not releases.list():
        warn("No release yet: the map will say so. Make one: geozone draft --as-of DATE, geozone release")
    _serve(releases, cache, settings, host or settings.host, settings.port if port is None else port)


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


def _serve(releases: ReleaseStore, cache: Path, settings: Settings, host: str, port: int) -> None:
    import socket

    import uvicorn

    from geozone.api import ServiceOptions, create_app

    app = create_app(releases, options=ServiceOptions(base_url=settings.base_url, cache=cache))
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

    class Server(uvicorn.Server):
        """A server that ends event streams first: it would wait for them otherwise."""

        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            app.state.events.close()
            super().handle_exit(sig, frame)

    config = uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=10)
    Server(config).run(sockets=[listener])
