"""schemathesis on a running service, for long: every route of the OpenAPI document, stateful and negative.

    python benchmarks/serving/contract.py [--examples N] [--seed N] [--routes REGEX]

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


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--examples", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--routes", default="^/", help="regular expression of the routes to try")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        space = Path(folder) / "demo"
        command = [str(Path(sys.executable).with_name("geozone")), "demo", "--no-serve", "--folder", space]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        (Path(folder) / "schemathesis.toml").write_text(CONFIGURATION, encoding="utf-8")
        with serving(ours, space / "releases") as base:
            return subprocess.run(
                [
                    str(Path(sys.executable).with_name("schemathesis")),
                    *("run", f"{base}/openapi.json", "--url", base),
                    *("--include-path-regex", options.routes),
                    *("--max-examples", str(options.examples), "--seed", str(options.seed)),
                    *("--exclude-checks", "positive_data_acceptance"),
                    *("--suppress-health-check", "all", "--generation-database", "none"),
                ],
                check=False,
                cwd=folder,
                env={**os.environ, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"},
            ).returncode


if __name__ == "__main__":
    sys.exit(main())
