"""Settings from the environment, and where the workspace is."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from geozone.errors import NotFoundError

__all__ = [
    "POINTER",
    "TOKEN_KEYS",
    "Settings",
    "find_workspace",
    "identifier_keys",
    "remember_workspace",
    "secrets_folder",
]

POINTER = ".geozone"
TOKEN_KEYS = "tokens.keys"  # noqa: S105 - the name of a file
"""File of the keys that sign bearer tokens."""
IDENTIFIER_KEYS = "identifiers.keys"
"""File of the keys that identifiers are encrypted with."""
_MARKER = "workspace.json"


class Settings(BaseSettings):
    """Everything that the environment may set; the prefix is ``GEOZONE_``."""

    model_config = SettingsConfigDict(env_prefix="GEOZONE_", frozen=True)

    workspace: Path | None = Field(default=None, description="Folder of the workspace.")
    database_url: SecretStr | None = Field(
        default=None, description="Private database, if not in the workspace."
    )
    rules_folder: Path | None = Field(default=None, description="Folder of your own rule sets.")
    actor: str = Field(default="", description="Who is recorded in the audit; the system's user by default.")
    host: str = Field(default="127.0.0.1", description="Address that `geozone serve` listens on.")
    port: int = Field(default=8000, ge=0, le=65535, description="Port that `geozone serve` listens on.")
    base_url: str | None = Field(default=None, description="Public address, behind a proxy.")
    base_map: str | None = Field(
        default=None,
        description="Map beneath the map: a PMTiles file, or an address with {z}, {x}, {y}.",
    )
    base_map_attribution: str = Field(default="", description="Whom to name for the base map.")
    releases_public: bool = Field(
        default=True, description="Whether anybody may read releases where there are accounts."
    )
    purpose_required: bool = Field(
        default=False, description="Whether whoever reads identifiers or exact points must say why."
    )
    purpose: str = Field(
        default="", description="Why identifiers are read on this command line: `CODE; words`, for the audit."
    )
    openid_issuer: str | None = Field(
        default=None,
        description="Issuer of OpenID Connect at which people with accounts here sign in.",
    )
    openid_audience: str = Field(
        default="geozone", description="Client identifier that the issuer's tokens must be for."
    )
    openid_client_secret: SecretStr | None = Field(
        default=None, description="Secret by which the issuer knows this client; none for a public client."
    )
    secrets_folder: Path | None = Field(
        default=None, description="Folder of secret keys; `secrets` in the workspace by default."
    )
    identifier_key_file: Path | None = Field(
        default=None,
        description="File of the keys that names, telephone numbers and addresses are encrypted with; "
        "`identifiers.keys` in the folder of secret keys by default.",
    )
    key_passphrase: SecretStr | None = Field(
        default=None, description="Passphrase of the signing key; asked for at a terminal by default."
    )
    trust: Path | None = Field(
        default=None, description="File of the keys that this user trusts; in the user's folder by default."
    )

    @property
    def trust_path(self) -> Path:
        """File of the keys that this user trusts."""
        return self.trust or Path.home() / ".config" / "geozone" / "trust.json"

    @property
    def database(self) -> str | None:
        """Address of the private database, or none for the file in the workspace."""
        return self.database_url.get_secret_value() if self.database_url else None


def find_workspace(named: Path | None, start: Path) -> Path:
    """Find the workspace: the one named, the folder one stands in, or the one last made here.

    Parameters
    ----------
    named : Path or None
        Named by option or environment.
    start : Path
        The folder that one stands in.

    Returns
    -------
    Path
        Folder of the workspace.

    Raises
    ------
    NotFoundError
        If there is none.
    """
    if named is not None:
        return named
    for folder in (start, *start.parents):
        if (folder / _MARKER).is_file():
            return folder
        pointer = folder / POINTER
        if pointer.is_file():
            target = folder / pointer.read_text(encoding="utf-8").strip()
            if (target / _MARKER).is_file():
                return target
    raise NotFoundError("no workspace here; make one with: geozone init NAME")


def remember_workspace(root: Path, start: Path) -> None:
    """Remember a new workspace, so that the next commands in this folder find it.

    Parameters
    ----------
    root : Path
        The workspace.
    start : Path
        The folder that one stands in.
    """
    try:
        target = root.resolve().relative_to(start.resolve())
    except ValueError:
        target = root.resolve()
    if target != Path():
        (start / POINTER).write_text(f"{target}\n", encoding="utf-8")


def identifier_keys(settings: Settings, root: Path) -> Path:
    """Find the file of the keys that identifiers are encrypted with.

    Parameters
    ----------
    settings : Settings
        May name another file.
    root : Path
        The workspace.

    Returns
    -------
    Path
        File; made when a database is first opened.
    """
    return settings.identifier_key_file or secrets_folder(settings, root) / IDENTIFIER_KEYS


def secrets_folder(settings: Settings, root: Path) -> Path:
    """Find the folder of secret keys, which is never in the database.

    Parameters
    ----------
    settings : Settings
        May name another folder.
    root : Path
        The workspace.

    Returns
    -------
    Path
        Folder; made when a key is.
    """
    return settings.secrets_folder or root / "secrets"
