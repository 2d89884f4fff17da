"""Run every benchmark below this folder, one after another, each in its own process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
LIBRARY = {"run.py", "corrupt.py"}
ARGUMENTS = {"geocode/evaluate.py": ["--corrupted", "1", "--count", "2000"]}


def main() -> int:
    """Run them all; end with 1 if one failed."""
    failed = []
    for script in sorted(HERE.rglob("*.py")):
        if script.name in LIBRARY or script.name.startswith("_"):
            continue
        name = script.relative_to(HERE)
        print(f"\n== {name}", flush=True)
        if subprocess.run(
            [sys.executable, script, *ARGUMENTS.get(name.as_posix(), [])], check=False
        ).returncode:
            failed.append(str(name))
    if failed:
        print(f"\nfailed: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
