"""The map page in headless Chromium, on the canned service."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import httpx
import matplotlib.image
import pytest

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket]

PHONE = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
    "device_scale_factor": 2,
}
Opener = Callable[..., Any]


def pixels(watched: Any) -> set[tuple[int, int, int]]:
    """Colours on the part of the map that no panel covers."""
    stage = watched.page.locator("#stage").bounding_box()
    clip = {"x": 360, "y": stage["y"] + 20, "width": 640, "height": stage["height"] - 120}
    picture = matplotlib.image.imread(io.BytesIO(watched.page.screenshot(clip=clip)))
    return {tuple(colour) for colour in (picture[..., :3] * 255).round().astype(int).reshape(-1, 3).tolist()}


def test_the_page_asks_no_other_host_and_complains_of_nothing(
    open_page: Opener, canned_server: Any, canned: Any
) -> None:
    watched = open_page(canned_server.url)
    watched.click_map(*canned.middle("09005"))
    watched.settle()
    watched.page.click("#language")
    watched.settle()
    assert {urlsplit(url).netloc for url in watched.requests if not url.startswith(("blob:", "data:"))} == {
        urlsplit(canned_server.url).netloc
    }
    assert watched.complaints == []


def test_the_headline_says_what_was_decided(open_page: Opener, canned_server: Any) -> None:
    watched = open_page(canned_server.url)
    strip = watched.text("#headline")
    for words in (
        "13/7/2021",
        "2560/QĐ-UBND",
        "Quyết định 218/QĐ-BYT",
        "chưa kiểm chứng",
        "18.432",
        "1.234",
        "1.200",
    ):
        assert words in strip
    assert [chip.inner_text().split()[:2] for chip in watched.page.locator(".level-chip").all()] == [
        ["4", "5"], ["3", "5"], ["2", "9"], ["1", "15"], ["–", "1"],
    ]  # fmt: skip
    assert (
        watched.page.locator("#banner").inner_text() == "Ranh giới gần đúng — không dùng cho văn bản pháp lý"
    )


def test_the_headline_says_what_changed_since_the_release_before(
    open_page: Opener, canned_server: Any, canned: Any
) -> None:
    watched = open_page(canned_server.url)
    assert watched.text(".stat-zones").split("\n")[1:] == ["2+1", "và 1 khu có thể", "so với 6/7"]
    assert "-1.568" in watched.text(".stat-inside")
    first = open_page(canned_server.url, f"#release={canned.OLDER}")
    assert first.page.locator(".change").count() == 0, "the first release has none before it"


def test_a_verified_release_with_imported_boundaries_says_neither(
    open_page: Opener, canned_server: Any, canned: Any
) -> None:
    canned.verified, canned.approximate = True, False
    watched = open_page(canned_server.url)
    assert "chưa kiểm chứng" not in watched.text("#headline")
    assert not watched.page.locator("#banner").is_visible()


def test_levels_are_drawn_in_the_legal_colours(open_page: Opener, canned_server: Any) -> None:
    watched = open_page(canned_server.url, "#lang=vi&opacity=1")
    shown = pixels(watched)
    for colour in ("0FA57F", "F1BA15", "F28E12", "DA4711"):
        wanted = tuple(int(colour[i : i + 2], 16) for i in (0, 2, 4))
        assert any(max(abs(a - b) for a, b in zip(wanted, found, strict=True)) <= 2 for found in shown), (
            colour
        )


def test_a_click_on_a_commune_opens_its_card(open_page: Opener, canned_server: Any, canned: Any) -> None:
    watched = open_page(canned_server.url)
    watched.click_map(*canned.middle("09005"))
    watched.settle()
    card = watched.text("#card")
    for words in (
        "Phường Võ Cường", "Cấp 4", "160,2 ca trên 100.000 dân", "Xuống cấp 3 khi", "19/7/2021", "12.500",
        "20 ca trong 14 ngày; nhiều nhất 11 ca ngày 5/7/2021", "Một phần bị phong tỏa (12,5 %)",
        "9.135 / 9.000",
        "101,5 %", "vượt 100 %", "không có dân số", "dân số giả lập", "Bản trước: Cấp 2",
    ):  # fmt: skip
        assert words in card
    assert "commune=09005" in watched.page.url
    assert watched.page.evaluate("document.activeElement.id") == "card-title"


@pytest.mark.parametrize(("code", "said"), [("09005", False), ("09002", True)])
def test_a_level_that_could_be_higher_is_said(
    open_page: Opener, canned_server: Any, code: str, said: bool
) -> None:
    watched = open_page(canned_server.url, f"#commune={code}")
    assert ("có thể đến Cấp 3" in watched.text("#card")) is said


def test_a_click_on_a_zone_opens_the_zone_and_leads_to_its_communes(
    open_page: Opener, canned_server: Any, canned: Any
) -> None:
    watched = open_page(canned_server.url)
    watched.click_map(*canned.zone_middle)
    watched.settle()
    card = watched.text("#card")
    for words in (
        "Khu phong tỏa (chắc chắn)",
        "18.432",
        "2.000 m",
        "theo ô phố, tổ dân phố, thôn",
        "12 nếu theo bán kính: 31",
        "13,4 km²",
        "5/7/2021",
        "26/7/2021",
        "50 %",
        "nội suy theo diện tích",
        "5.120",
        "trường học 3",
        "chợ, siêu thị 1",
        "2/8/2021",
        "Bước 1/2, sớm nhất 20/7/2021",
        "còn thiếu 13 ngày",
        "Ngày 05/07/2021: vùng được thiết lập.",
    ):
        assert words in card
    watched.page.get_by_role("button", name="Xã Thử Nghiệm 17").click()
    watched.settle()
    assert "commune=09017" in watched.page.url
    watched.page.go_back()
    watched.settle()
    assert "zone=Z-1" in watched.page.url
    assert "Khu phong tỏa tại" in watched.text("#card-title")


def test_the_cases_stand_in_a_table_beside_the_chart(open_page: Opener, canned_server: Any) -> None:
    watched = open_page(canned_server.url, "#commune=09005")
    assert watched.page.locator(".chart").get_attribute("role") == "img"
    watched.page.get_by_text("Xem bảng số").click()
    rows = watched.page.locator(".case-chart tbody tr").all_inner_texts()
    assert [row.split() for row in rows] == [["1/7/2021", "4"], ["5/7/2021", "11"], ["12/7/2021", "5"]]


def test_the_language_switch_changes_every_word(open_page: Opener, canned_server: Any) -> None:
    watched = open_page(canned_server.url, "#commune=09005")
    watched.page.click("#language")
    watched.settle()
    assert watched.page.evaluate("document.documentElement.lang") == "en"
    assert "lang=en" in watched.page.url
    for selector, words in (
        ("#headline", "13 Jul 2021"), ("#headline", "18,432"), ("#tools", "Lockdown zones (possible)"),
        ("#banner", "not for legal documents"), ("#card", "20 new cases in 14 days"), ("#card", "over 100 %"),
    ):  # fmt: skip
        assert words in watched.text(selector)
    page_words = watched.page.evaluate("document.body.innerText")
    for leftover in ("Chú giải", "Cấp độ", "Ca bệnh", "Tiêm chủng", "Đóng"):
        assert leftover not in page_words
    watched.open("")
    assert watched.page.evaluate("document.documentElement.lang") == "en", "the choice is remembered"


def test_search_without_accents_by_keyboard_only(open_page: Opener, canned_server: Any) -> None:
    watched = open_page(canned_server.url)
    page = watched.page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "search-input"
    page.keyboard.type("o cho dua")
    page.wait_for_selector("#search-results li")
    assert page.locator("#search-results li").first.inner_text().startswith("Phường Ộ Chợ Dừa")
    assert "tên cũ: Xã Cũ" in watched.text("#search-results")
    page.keyboard.press("ArrowDown")
    assert page.get_attribute("#search-input", "aria-activedescendant") == "search-result-0"
    page.keyboard.press("Enter")
    watched.settle()
    assert watched.text("#card-title") == "Phường Ộ Chợ Dừa"
    assert page.evaluate("document.activeElement.id") == "card-title"
    page.keyboard.press("Escape")
    assert not page.locator("#card").is_visible()
    assert page.evaluate("document.activeElement.tagName") == "CANVAS"
    page.fill("#search-input", "hàng đ")
    page.wait_for_selector("#search-results :text('Phố Hàng Đào')")
    page.press("#search-input", "Enter")
    watched.settle()
    assert watched.text("#card-title") == "Phường Ộ Chợ Dừa", "the commune that the street is in"
    assert page.locator(".maplibregl-marker").count() == 1
    assert float(page.url.split("map=")[1].split("/")[0]) > 14, "near enough for a street"
    page.click("#card-close")
    assert page.locator(".maplibregl-marker").count() == 0


def test_the_map_is_worked_by_keyboard(open_page: Opener, canned_server: Any) -> None:
    watched = open_page(canned_server.url)
    watched.page.locator("#map canvas").focus()
    watched.page.keyboard.press("Enter")
    watched.settle()
    assert watched.page.locator("#card").is_visible()
    before = watched.page.url
    watched.page.locator("#map canvas").focus()
    watched.page.keyboard.press("ArrowLeft")
    watched.settle()
    assert watched.page.url != before


def test_layers_are_switched_in_the_legend_and_kept_in_the_link(
    open_page: Opener, canned_server: Any
) -> None:
    watched = open_page(canned_server.url, "#lang=vi&opacity=1")
    orange = (0xF2, 0x8E, 0x12)
    assert orange in pixels(watched)
    watched.page.uncheck("#toggle-levels")
    watched.settle()
    assert orange not in pixels(watched)
    assert "hide=levels" in watched.page.url
    watched.page.select_option("#paint", "rate")
    assert "150" in watched.text("#tools .keys")
    link = urlsplit(watched.page.url).fragment
    again = open_page(canned_server.url, f"#{link}")
    assert not again.page.is_checked("#toggle-levels")
    assert again.page.input_value("#paint") == "rate"


def test_an_older_release_is_shown_and_left_again(open_page: Opener, canned_server: Any, canned: Any) -> None:
    watched = open_page(canned_server.url)
    watched.page.select_option("#release", index=1)
    watched.page.wait_for_selector("#to-current")
    watched.settle()
    assert "2490/QĐ-UBND" in watched.text("#headline")
    assert f"release={canned.OLDER}" in watched.page.url
    assert any(f"release={canned.OLDER}" in url and ".mvt" in url for url in watched.requests)
    watched.page.click("#to-current")
    watched.settle()
    assert "2560/QĐ-UBND" in watched.text("#headline")


def test_time_is_moved_by_hand_and_played(open_page: Opener, canned_server: Any, canned: Any) -> None:
    watched = open_page(canned_server.url)
    page = watched.page
    assert page.get_attribute("#time", "aria-valuetext") == "13/7/2021 · 2560/QĐ-UBND"
    page.locator("#time").focus()
    page.keyboard.press("ArrowLeft")
    page.wait_for_selector("#to-current")
    watched.settle()
    assert "2490/QĐ-UBND" in watched.text("#headline")
    page.click("#play")
    page.wait_for_selector("#to-current", state="detached")
    watched.settle()
    assert "2560/QĐ-UBND" in watched.text("#headline")
    page.wait_for_selector("#play[aria-pressed=false]")
    assert f"release={canned.OLDER}" not in page.url


def test_one_click_tells_what_changed_since_the_release_before(
    open_page: Opener, canned_server: Any, canned: Any
) -> None:
    watched = open_page(canned_server.url)
    page = watched.page
    page.click("#changes")
    watched.settle()
    assert f"since={canned.OLDER}" in page.url
    card = watched.text("#card")
    for words in (
        "Thay đổi so với",
        "1.240",
        "310",
        "1 khu",
        "Phường Suối Hoa",
        "Cấp 2 → Cấp 4",
        "Cấp 1 → Chưa có số liệu",
    ):
        assert words in card
    assert "0,25 km² → 1,5 km²" in card
    assert page.locator("#card .change-group").count() == 4, "buffer zones follow their zones: not told twice"
    # The colour of the pattern is on the map: dark red where ground came, blue where it went.
    colours = pixels(watched)
    assert any(abs(r - 0x8C) + abs(g - 0x12) + abs(b - 0x30) < 40 for r, g, b in colours)
    assert any(abs(r - 0x0B) + abs(g - 0x3F) + abs(b - 0x9C) < 40 for r, g, b in colours)
    page.click("#card .link:has-text('Phường Võ Cường')")
    watched.settle()
    assert "commune=09005" in page.url
    page.go_back()
    watched.settle()
    assert "Thay đổi so với" in watched.text("#card"), "the way back leads to the comparison"
    page.click("#changes")
    watched.settle()
    assert not page.locator("#card").is_visible()
    assert "since=" not in page.url
    assert watched.complaints == []


def test_the_comparison_speaks_english_and_takes_another_release(
    open_page: Opener, canned_server: Any, canned: Any
) -> None:
    watched = open_page(canned_server.url, f"#lang=en&since={canned.OLDER}")
    assert "Changes since" in watched.text("#card")
    assert "People newly locked down" in watched.text("#card")
    assert watched.page.locator("#compare-with option").count() == 1, "not with itself"
    assert watched.page.get_attribute("#changes", "aria-pressed") == "true"


def test_a_release_that_does_not_exist_leads_to_the_current_one(
    open_page: Opener, canned_server: Any
) -> None:
    watched = open_page(canned_server.url, f"#release={'d' * 64}")
    assert "2560/QĐ-UBND" in watched.text("#headline")
    assert "release=" not in watched.page.url
    assert "Không tìm thấy bản công bố" in watched.page.locator("#announcer").text_content()


def test_a_new_release_is_announced_and_shown_without_a_reload(
    open_page: Opener, canned_server: Any, canned: Any
) -> None:
    watched = open_page(canned_server.url)
    watched.page.evaluate("window.mark = 1; geozone.checkForNews()")
    assert canned.polls[-1] == f'"{canned.CURRENT}"', "the poll says what it has"
    assert not watched.page.locator("#toast").is_visible()
    canned.current = canned.NEWER
    watched.page.evaluate("geozone.checkForNews()")
    watched.page.wait_for_selector(".toast")
    assert "2601/QĐ-UBND" in watched.text(".toast")
    assert "2560/QĐ-UBND" in watched.text("#headline"), "nothing changes under the reader's hand"
    watched.page.click("#toast-show")
    watched.settle()
    assert "2601/QĐ-UBND" in watched.text("#headline")
    assert any(canned.NEWER in url and ".mvt" in url for url in watched.requests)
    assert watched.page.evaluate("window.mark") == 1


def test_nothing_released_tells_which_commands_to_run(
    open_page: Opener, canned_server: Any, canned: Any
) -> None:
    canned.current = None
    watched = open_page(canned_server.url, settle=False)
    watched.page.wait_for_selector(".notice")
    notice = watched.text(".notice")
    assert "Chưa có bản công bố nào" in notice
    for command in ("geozone import cases", "geozone draft", "geozone release", "geozone demo"):
        assert command in notice


def test_a_service_out_of_order_is_asked_again(open_page: Opener, canned_server: Any, canned: Any) -> None:
    canned.broken = True
    watched = open_page(canned_server.url, settle=False)
    watched.page.wait_for_selector("#retry")
    assert "Không kết nối được" in watched.text(".notice")
    canned.broken = False
    watched.page.click("#retry")
    watched.settle()
    assert not watched.page.locator("#empty").is_visible()


def test_on_a_telephone_nothing_overflows_and_the_sheets_open(
    open_page: Opener, canned_server: Any, canned: Any
) -> None:
    watched = open_page(canned_server.url, **PHONE)
    page = watched.page
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert page.get_attribute("#legend-open", "aria-expanded") == "false"
    page.click("#legend-open")
    assert page.locator("#toggle-levels").is_visible()
    page.click("#legend-open")
    watched.click_map(*canned.middle("09017"))
    watched.settle()
    box = page.locator("#card").bounding_box()
    assert box["x"] == 0
    assert box["width"] == 390
    assert box["y"] + box["height"] == 844
    headline = page.locator("#headline").bounding_box()
    assert box["y"] - headline["height"] > 150, "the map stays in view"


@pytest.mark.parametrize("screen", [{}, PHONE], ids=["desktop", "telephone"])
def test_the_first_view_shows_all_of_the_outbreak_beside_the_panels(
    open_page: Opener, canned_server: Any, screen: dict[str, Any]
) -> None:
    watched = open_page(canned_server.url, **screen)
    west, south, east, north = httpx.get(f"{canned_server.url}api/v1/summary", trust_env=False).json()[
        "bounds"
    ]
    (left, top), (right, bottom) = watched.at(west, north), watched.at(east, south)
    search, time = (watched.page.locator(name).bounding_box() for name in ("#find", "#timeline"))
    assert top >= search["y"] + (search["height"] if screen else 0)
    assert bottom <= time["y"]
    assert left >= (0 if screen else search["x"] + search["width"])
    assert right <= watched.page.viewport_size["width"]


def test_dark_and_still_as_the_device_asks(open_page: Opener, canned_server: Any) -> None:
    watched = open_page(canned_server.url, color_scheme="dark", reduced_motion="reduce")
    assert watched.page.evaluate("document.documentElement.dataset.theme") == "dark"
    watched.page.select_option("#theme", "light")
    assert watched.page.evaluate("document.documentElement.dataset.theme") == "light"
    assert "theme=light" in watched.page.url


@pytest.mark.parametrize(
    "fragment", ["#lang=vi&commune=09005", "#lang=en&theme=dark&zone=Z-2", "#lang=vi&since=" + "b2" * 32]
)
def test_axe_finds_no_serious_fault(open_page: Opener, canned_server: Any, axe: str, fragment: str) -> None:
    watched = open_page(canned_server.url, fragment)
    watched.page.evaluate(axe)
    found = watched.page.evaluate(
        "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']})"
    )
    serious = [
        (fault["id"], [node["html"] for node in fault["nodes"]])
        for fault in found["violations"]
        if fault["impact"] in ("serious", "critical")
    ]
    assert serious == []
    assert len(found["passes"]) > 15
