"""Two releases side by side: the divider, both maps together, the link, and the difference between the two."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket]
Opener = Callable[..., Any]


def split(page: Any) -> int:
    return int(page.get_attribute("#divider-line", "aria-valuenow"))


def test_two_releases_are_compared_with_a_divider_moved_by_hand_and_by_keys(
    open_page: Opener, canned_server: Any, canned: Any
) -> None:
    watched = open_page(canned_server.url)
    page = watched.page
    page.click("#beside-toggle")
    watched.settle()
    assert f"beside={canned.OLDER}" in page.url
    for release in (canned.OLDER, canned.CURRENT):
        assert any(f"release={release}" in url and ".mvt" in url for url in watched.requests)
    assert "13/7/2021 · 2560/QĐ-UBND" in watched.text(".side-right")
    assert page.locator("#beside-with option").all_inner_texts() == ["6/7/2021 · 2490/QĐ-UBND"]

    page.focus("#divider-line")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("PageUp")
    assert split(page) == 62
    page.keyboard.press("Home")
    box, panel = (page.locator(name).bounding_box() for name in ("#stage", "#tools"))
    line = page.locator("#divider-line").bounding_box()
    assert line["x"] > panel["x"] + panel["width"], "it is never lost behind a panel"
    page.mouse.move(line["x"] + line["width"] / 2, box["y"] + box["height"] / 3)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.7 * box["width"], box["y"] + box["height"] / 3)
    page.mouse.up()
    assert split(page) == 70
    page.click("#divider-left")
    assert split(page) == 60, "one press does without dragging"
    assert "split=0.6" in page.url

    again = open_page(canned_server.url, "#" + page.url.split("#")[1])
    assert split(again.page) == 60, "the link holds the comparison"
    again.page.click("#beside-close")
    again.settle()
    assert not again.page.locator("#beside").is_visible()
    assert "beside=" not in again.page.url
    assert watched.complaints == again.complaints == []


def test_both_maps_move_together_and_a_commune_is_picked_on_either_side(
    open_page: Opener, canned_server: Any, canned: Any
) -> None:
    watched = open_page(canned_server.url, f"#map=9/21.1/106&beside={canned.OLDER}")
    page = watched.page
    page.locator("#beside canvas").focus()
    page.keyboard.press("ArrowLeft")
    watched.settle()
    assert "map=9/21.1/106&" not in page.url, "the map under the hand leads the other"
    left = page.locator("#beside canvas").screenshot()
    x, y = watched.at(*canned.middle("09017"))
    page.focus("#divider-line")
    page.keyboard.press("End")
    page.mouse.click(x, y)
    watched.settle()
    assert "commune=" in page.url
    assert len(left) > 1000


def test_changes_are_those_between_the_two_releases_shown(
    open_page: Opener, canned_server: Any, canned: Any
) -> None:
    watched = open_page(canned_server.url, f"#release={canned.OLDER}&beside={canned.CURRENT}")
    watched.page.click("#changes")
    watched.settle()
    assert f"since={canned.CURRENT}" in watched.page.url


def test_axe_finds_no_serious_fault_beside_each_other(
    open_page: Opener, canned_server: Any, canned: Any, axe: str
) -> None:
    watched = open_page(canned_server.url, f"#beside={canned.OLDER}")
    watched.page.evaluate(axe)
    found = watched.page.evaluate(
        "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']})"
    )
    serious = [f["id"] for f in found["violations"] if f["impact"] in ("serious", "critical")]
    assert serious == []
