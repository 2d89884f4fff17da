"""Join the subsets of Be Vietnam Pro that the page uses into the two files that prints embed."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from fontTools import merge
from fontTools.ttLib import TTFont

CHECKOUT = Path(__file__).resolve().parents[1]
SOURCE = CHECKOUT / "web" / "node_modules" / "@fontsource" / "be-vietnam-pro" / "files"
TARGET = CHECKOUT / "geozone" / "maps" / "sheets" / "fonts"
WEIGHTS = {"400": "BeVietnamPro-Regular.ttf", "600": "BeVietnamPro-SemiBold.ttf"}
NOT_PRINTED = ("GSUB", "GPOS", "GDEF", "STAT", "gasp", "prep", "fpgm", "cvt ", "DSIG", "kern")


def main() -> int:
    """Write both weights."""
    with tempfile.TemporaryDirectory() as folder:
        for weight, name in WEIGHTS.items():
            parts = []
            for subset in ("latin", "vietnamese", "latin-ext"):
                font = TTFont(SOURCE / f"be-vietnam-pro-{subset}-{weight}-normal.woff2")
                font.flavor = None
                for table in NOT_PRINTED:
                    if table in font:
                        del font[table]
                parts.append(str(Path(folder) / f"{subset}.ttf"))
                font.save(parts[-1])
            merge.Merger().merge(parts).save(TARGET / name)
            print(TARGET / name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
