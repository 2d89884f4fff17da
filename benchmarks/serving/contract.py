"""schemathesis on a running service, for long: every route of the OpenAPI document, stateful and negative.

    python benchmarks/serving/contract.py [--examples N] [--routes REGEX] [--phases LIST] [--releases STORE]

``positive_data_acceptance`` is left out: that a filter is CQL2, that a layer has a property, or that
``release`` and ``as_of`` exclude one another, is more than a schema of parameters can say. Features are
also left out of ``negative_data_rejection``: the standard wants a ``limit`` beyond the maximum to be
taken as the maximum, not refused.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from _service import ours, serving

CONFIGURATION = """
[[operations]]
include-name = "GET /ogc/collections/{layer}/items"
checks.negative_data_rejection.enabled = false
"""
_TIMEOUT_S = 120  # a loaded machine may take longer over a sheet than the 10 s of schemathesis


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--examples", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--routes", default="^/", help="regular expression of the routes to try")
    parser.add_argument("--phases", default="examples,coverage,fuzzing,stateful")
    parser.add_argument("--releases", type=Path, help="a store of releases, instead of that of a new demo")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "schemathesis.toml").write_text(CONFIGURATION, encoding="utf-8")
        with serving(ours, options.releases or demo_releases(folder / "demo")) as base:
            return subprocess.run(
                [
                    str(Path(sys.executable).with_name("schemathesis")),
                    *("run", f"{base}/openapi.json", "--url", base),
                    *("--include-path-regex", options.routes, "--phases", options.phases),
                    *("--max-examples", str(options.examples), "--seed", str(options.seed)),
                    *("--exclude-checks", "positive_data_acceptance"),
                    *("--request-timeout", str(_TIMEOUT_S)),
                    *("--suppress-health-check", "all", "--generation-database", "none"),
                ],
                check=False,
                cwd=folder,
                env={**os.environ, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"},
            ).returncode


def demo_releases(space: Path) -> Path:
    """Make the workspace of the demo, and give its store of releases."""
    command = [str(Path(sys.executable).with_name("geozone")), "demo", "--no-serve", "--folder", space]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return space / "releases"


if __name__ == "__main__":
    sys.exit(main())
