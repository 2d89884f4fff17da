"""Build the embedded administrative data: run once by a maintainer, see README.md."""

from __future__ import annotations

import argparse
from pathlib import Path

import coast
import numpy as np
import outlines
import pandas as pd
import partition
import source_tables
import tables


def make_pieces(old: pd.DataFrame, new: pd.DataFrame, crosswalk: pd.DataFrame, fill: float) -> pd.DataFrame:
    """Join the crosswalk with what is known of both sides; one row per old and new commune."""
    box = ["code", "lon", "lat", "west", "south", "east", "north", "basis", "districtCode"]
    pieces = crosswalk.merge(old[box], left_on="code_2021", right_on="code").drop(columns="code")
    sides = new[["code", "lon", "lat", "area_km2"]].reset_index(names="new_position")
    sides = sides.rename(columns={"lon": "new_lon", "lat": "new_lat", "area_km2": "new_area"})
    pieces = pieces.merge(sides, left_on="code_2025", right_on="code").drop(columns="code")
    pieces["new_area"] = pieces["new_area"].fillna(pieces["new_area"].median())
    return settle(pieces, fill)


def settle(pieces: pd.DataFrame, fill: float) -> pd.DataFrame:
    """Give a box to the old communes that have none: a circle's worth of area at their best point."""
    pieces = pieces.copy()
    members = pieces.groupby("new_position")["code_2021"].transform("size")
    side = np.sqrt(pieces["new_area"] / members / fill)
    lost = pieces["basis"] == "assumed"
    turn = pieces.groupby("new_position").cumcount() * 2.399963
    away = np.where(members > 1, 0.35 * side, 0.0)
    lon_km = partition.KM_LON * np.cos(np.radians(pieces["lat"]))
    pieces.loc[lost, "lon"] = (pieces["new_lon"] + away * np.cos(turn) / lon_km)[lost]
    pieces.loc[lost, "lat"] = (pieces["new_lat"] + away * np.sin(turn) / partition.KM_LAT)[lost]
    boxless = pieces["basis"] != "box"
    half_lon, half_lat = side / 2 / lon_km, side / 2 / partition.KM_LAT
    for low, high, middle, half in (("west", "east", "lon", half_lon), ("south", "north", "lat", half_lat)):
        pieces.loc[boxless, low] = (pieces[middle] - half)[boxless]
        pieces.loc[boxless, high] = (pieces[middle] + half)[boxless]
    first = pieces.groupby("code_2021")[["lon", "lat", "west", "south", "east", "north"]].transform("first")
    pieces[first.columns] = first
    pieces["cx"] = (pieces["west"] + pieces["east"]) / 2
    pieces["cy"] = (pieces["south"] + pieces["north"]) / 2
    return pieces.reset_index(drop=True)


def main() -> None:
    """Read the sources, share the land, write the files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("package", type=Path, help="folder of the installed vietnamadminunits")
    parser.add_argument("world_atlas", type=Path, help="land-10m.json of npm world-atlas")
    parser.add_argument("target", type=Path, help="folder of the embedded files")
    arguments = parser.parse_args()
    database = arguments.package / "data" / "dataset.db"
    old, new = source_tables.read_old(database), source_tables.read_new(database)
    old["basis"] = source_tables.judge_points(old)
    crosswalk = source_tables.read_crosswalk(arguments.package / "data" / "converter_2025.json", old, new)
    options = partition.Options()
    pieces = make_pieces(old, new, crosswalk, options.fill)
    land = coast.read_land(arguments.world_atlas, partition.FRAME)
    shapes = outlines.draw(pieces, land, options)
    tables.write(
        arguments.target,
        old=old,
        new=new,
        pieces=pieces,
        shapes=shapes,
        inputs=[database, arguments.world_atlas],
    )


if __name__ == "__main__":
    main()
