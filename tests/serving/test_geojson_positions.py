"""Positions written by groups of digits, and outlines written once: what orjson and a fresh writing give."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geozone.api.outline_texts import OutlineTexts
from geozone.geojson import write_geometries
from geozone.geojson.positions import LENGTH, millionths, position_text

firsts, seconds = st.floats(0, 999.8), st.floats(-99.8, 999.8)


@given(st.lists(st.tuples(firsts, seconds), min_size=1, max_size=40))
def test_positions_are_those_of_rounding(positions: list[tuple[float, float]]) -> None:
    exact = np.array(positions)
    whole = millionths(exact)
    text = position_text(whole)
    assert len(text) == LENGTH * len(positions)
    assert json.loads(b"[" + text[:-1] + b"]") == (np.round(exact, 6) + 0.0).tolist()


@given(st.tuples(st.floats(-1e7, -1e-3), seconds) | st.tuples(firsts, st.floats(1000, 1e7)))
def test_others_are_left_to_another_writer(position: tuple[float, float]) -> None:
    assert millionths(np.array([(105.0, 21.0), position])) is None


def test_the_west_and_metres_are_written_too() -> None:
    west = shapely.box(-70.25, -33.5, -70, -33)
    metres = shapely.box(587_000.1234, 2_325_000.5, 588_000, 2_326_000)
    holed = shapely.box(105, 20, 106, 21) - shapely.box(105.2, 20.2, 105.4, 20.4)
    for geometry, precision in ((west, 6), (metres, 3), (holed, 6), (holed, 4)):
        [text] = write_geometries(np.array([geometry], dtype=object), precision=precision)
        found = shapely.from_geojson(text)
        assert found.equals(shapely.transform(geometry, lambda at, digits=precision: np.round(at, digits)))


def outlines(count: int = 6) -> np.ndarray:
    return np.array([shapely.box(105 + i, 20, 105.5 + i, 21) for i in range(count)], dtype=object)


def asking(texts: OutlineTexts, digest: str, rows: list[int]) -> tuple[list[bytes], int]:
    read: list[Any] = []
    given_texts = texts.of(digest, np.array(rows, dtype=np.int64), lambda: read.append(1) or outlines())
    return given_texts, len(read)


def test_outlines_are_written_once_in_any_order() -> None:
    expected = write_geometries(outlines())
    texts = OutlineTexts(10**6)
    assert asking(texts, "a", [2, 0]) == ([expected[2], expected[0]], 1)
    assert asking(texts, "a", [0, 2]) == ([expected[0], expected[2]], 0)
    assert asking(texts, "a", [2, 5, 2]) == ([expected[2], expected[5], expected[2]], 1)
    assert asking(texts, "a", []) == ([], 0)


def test_a_set_not_asked_for_makes_room_and_a_long_one_is_held_in_part() -> None:
    length = len(write_geometries(outlines())[0])
    texts = OutlineTexts(3 * length)
    asking(texts, "a", [0])
    asking(texts, "b", [0, 1, 2])
    assert asking(texts, "b", [0, 1, 2])[1] == 0
    assert asking(texts, "a", [0])[1] == 1  # it had made room
    asking(texts, "c", list(range(6)))
    assert asking(texts, "c", [0, 1, 2])[1] == 0
    assert asking(texts, "c", [5])[1] == 1
