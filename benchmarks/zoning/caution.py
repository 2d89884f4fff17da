"""Zones of blocks from narrow to cautious beside the plain discs, on a made-up town: figures and picture.

python benchmarks/zoning/caution.py [--picture docs/images/caution.png]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import shapely

sys.path.insert(0, str(Path(__file__).parent))

from _town import AS_OF, RULES, cases_in, town

from geozone.synthetic.town import Town
from geozone.zoning import Ground, Land, caution_curve, zones


def table_of(curve: pd.DataFrame) -> str:
    """The curve as a table of the documentation."""
    heads = ["caution", "zones", "blocks", "area, km²", "residents", "checkpoints", "cases"]
    heads += ["residents per case", "exposed inside"]
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for row in curve.itertuples():
        cells = (
            "plain discs" if np.isnan(row.caution) else f"{row.caution:g}",
            str(row.zones),
            "" if np.isnan(row.blocks) else f"{row.blocks:.0f}",
            f"{row.area_km2:.3f}",
            f"{row.residents:,.0f}",
            f"{row.checkpoints:.0f}",
            str(row.cases),
            f"{row.people_per_case:,.0f}",
            f"{100 * row.exposed_inside:.0f} %",
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def vietnamese(number: float) -> str:
    """A whole number with the thousands marked as in Viet Nam."""
    return f"{number:,.0f}".replace(",", ".")


def picture(path: Path, land: Land, made: Town, cases: pd.DataFrame, ground: Ground) -> None:
    """Three cautions beside each other over the streets, with the discs and the checkpoints."""
    import matplotlib as mpl  # noqa: PLC0415 - only where a picture is asked for

    mpl.use("Agg")
    import matplotlib.pyplot as plt  # noqa: PLC0415

    plain = zones(cases, land, RULES, as_of=AS_OF, ground=Ground(None, made.roads.iloc[:0]))
    figure, axes = plt.subplots(1, 3, figsize=(12.5, 5.0), layout="constrained")
    river = made.roads["kind"] == "river"
    for axis, caution in zip(axes, (0.0, 0.75, 1.0), strict=True):
        drawn = zones(cases, land, RULES, as_of=AS_OF, ground=ground, caution=caution)
        made.roads[~river].plot(ax=axis, color="#c9c9c9", linewidth=0.5)
        made.roads[river].plot(ax=axis, color="#5b9bd5", linewidth=5)
        drawn.containment.plot(ax=axis, facecolor="#d7301f55", edgecolor="#b30000", linewidth=1.4)
        plain.containment.boundary.plot(ax=axis, color="#444444", linewidth=1.0, linestyle="--")
        drawn.checkpoints.plot(ax=axis, color="#111a23", markersize=11, zorder=4)
        axis.plot(
            cases["geo_lon"], cases["geo_lat"], "o", color="#f1ba15", markeredgecolor="#111a23", markersize=6
        )
        west, south, east, north = shapely.total_bounds(plain.containment.geometry.to_numpy())
        margin = 0.12 * (east - west)
        axis.set_xlim(west - margin, east + margin)
        axis.set_ylim(south - margin, north + margin)
        axis.set_aspect(1 / np.cos(np.radians(south)))
        axis.set_axis_off()
        held = drawn.containment
        people = vietnamese(held["residents"].sum())
        axis.set_title(f"Mức thận trọng {caution:g}: {people} người, {len(drawn.checkpoints)} chốt")
    people, posts = (vietnamese(held[f"disc_{name}"].sum()) for name in ("residents", "checkpoints"))
    figure.suptitle(
        "Khu phong tỏa theo ô phố (đỏ), chốt kiểm soát (đen), ca bệnh (vàng), sông (xanh).\n"
        f"Nét đứt: theo bán kính {RULES.containment_m:g} m, {people} người, {posts} chốt. "
        "Thị trấn, dân số và ca bệnh đều là giả định."
    )
    figure.savefig(path, dpi=90)
    print(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--picture", type=Path)
    parser.add_argument("--roads-only", action="store_true", help="blocks from the roads, population unknown")
    options = parser.parse_args()
    land, made = town()
    cases = cases_in(made)
    ground = Ground(None if options.roads_only else made.blocks, made.roads)
    print(table_of(caution_curve(cases, land, RULES, as_of=AS_OF, ground=ground)))
    if options.picture:
        picture(options.picture, land, made, cases, ground)


if __name__ == "__main__":
    main()
