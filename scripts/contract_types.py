"""Write the types of the map page from the OpenAPI document, or check that those written are of today.

The generator is an npm package of its own folder, ``web/contract``, for it needs another TypeScript than
the page. ``--check`` writes nothing and ends with 1 where the file is not what would be written.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from geozone.api import create_app
from geozone.release import ReleaseStore

CHECKOUT = Path(__file__).resolve().parents[1]
CONTRACT = CHECKOUT / "web" / "contract"
TARGET = CHECKOUT / "web" / "src" / "api" / "contract.ts"
HEADER = "/** Written by `make types` from the OpenAPI document of the service: {digest} */\n"


def contract() -> dict[str, Any]:
    """Take the shapes of the answers out of the OpenAPI document.

    Returns
    -------
    dict
        OpenAPI 3.1 without paths. What a model does not name is left out, though answers may hold more of
        it: the page reads what is documented.
    """
    with tempfile.TemporaryDirectory() as folder:
        document = create_app(ReleaseStore(Path(folder)), web_root=None).openapi()
    schemas = document["components"]["schemas"]
    for schema in schemas.values():
        if schema.get("additionalProperties") is True:
            del schema["additionalProperties"]
    info = {"title": document["info"]["title"], "version": "1"}
    return {"openapi": document["openapi"], "info": info, "paths": {}, "components": {"schemas": schemas}}


def digest(document: dict[str, Any]) -> str:
    """Sum a document up; the first line of the types names it.

    Parameters
    ----------
    document : dict
        What `contract` takes out.

    Returns
    -------
    str
        SHA-256, in hexadecimal.
    """
    written = json.dumps(document, sort_keys=True, ensure_ascii=False).encode()
    return hashlib.sha256(written).hexdigest()


def types(document: dict[str, Any]) -> str:
    """Write a document as TypeScript.

    Parameters
    ----------
    document : dict
        What `contract` takes out.

    Returns
    -------
    str
        The module.

    Raises
    ------
    SystemExit
        If there is no Node, or the generator fails.
    """
    npm = shutil.which("npm")
    if npm is None:
        raise SystemExit("The types of the page are written with Node: install Node 20 or later, with npm.")
    if not (CONTRACT / "node_modules").is_dir():
        subprocess.run([npm, "ci", "--no-audit", "--no-fund"], cwd=CONTRACT, check=True)
    with tempfile.TemporaryDirectory() as folder:
        given, made = Path(folder) / "openapi.json", Path(folder) / "contract.ts"
        given.write_text(json.dumps(document), encoding="utf-8")
        words = ["run", "--silent", "types", "--", str(given), "--output", str(made), "--root-types"]
        flags = ["--root-types-no-schema-prefix", "--root-types-keep-casing", "--default-non-nullable=false"]
        run = subprocess.run([npm, *words, *flags], cwd=CONTRACT, capture_output=True, text=True, check=False)
        if run.returncode:
            raise SystemExit(f"openapi-typescript failed:\n{run.stdout}{run.stderr}")
        return HEADER.format(digest=digest(document)) + made.read_text(encoding="utf-8")


def main() -> int:
    """Write the types, or compare them."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--check", action="store_true", help="write nothing, and fail where they differ")
    check = options.parse_args().check
    made = types(contract())
    if not check:
        TARGET.write_text(made, encoding="utf-8")
        return 0
    if TARGET.is_file() and TARGET.read_text(encoding="utf-8") == made:
        return 0
    print(f"{TARGET.relative_to(CHECKOUT)} is not what the service says today: make types", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
