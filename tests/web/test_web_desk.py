"""The desk on the map: what if, review and approval, each by the hand of a person in a browser."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from geozone.access import AccessPolicy, Identity, Role
from geozone.api import ServiceOptions, create_app
from geozone.api.approvals import approvals_router
from geozone.api.desk import WorkspaceDesk
from geozone.api.draft_office import WorkspaceOffice
from geozone.api.drafts import DraftService
from geozone.api.drafts.app import PREFIX
from geozone.api.problems import ProblemError
from geozone.api.review import review_router
from geozone.api.session import session_router
from geozone.draft import drawn_with, what_if
from geozone.pipeline import decide, imports, publish
from geozone.pipeline.live import LiveDraft
from geozone.pipeline.review import decision_history, review_queue
from geozone.rules import load_ruleset
from geozone.workspace import Workspace

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket]

DATA = Path(__file__).resolve().parents[2] / "data"
NOW = datetime(2021, 11, 20, 9, tzinfo=UTC)
AS_OF = date(2021, 11, 20)
PEOPLE = {"bí-mật-1".encode().hex(): Identity("chị Lan", Role.ANALYST),
          "bí-mật-2".encode().hex(): Identity("ông Minh", Role.APPROVER)}  # fmt: skip
LAN, MINH = PEOPLE
DOUBTFUL = """Mã BN,Địa chỉ,Ngày báo cáo
T1,"Phường 7, Quận 8, TP. Hồ Chí Minh",18/11/2021
T2,"Phường 7, Quận 8, TP. Hồ Chí Minh",19/11/2021
"""


_seconds = itertools.count(1)


def clock() -> datetime:
    """Tell a later time whenever it is asked, so that drafts have an order."""
    return NOW + timedelta(seconds=next(_seconds))


class ByToken:
    """Knows two people by their tokens, and holds them to the access policy."""

    rules = AccessPolicy()

    def admit(self, request: Any, right: str) -> str:
        return self.identify(request, right).name

    def identify(self, request: Any, right: str) -> Identity:
        who = PEOPLE.get(request.headers.get("authorization", "").removeprefix("Bearer "))
        verdict = self.rules.verdict(who, right)
        if who is None or not verdict.allowed:
            raise ProblemError(401 if who is None else 403, verdict.reason)
        return who


@pytest.fixture(scope="module")
def served(
    tmp_path_factory: pytest.TempPathFactory, serve: Callable[[Any], str]
) -> Iterator[SimpleNamespace]:
    root = tmp_path_factory.mktemp("desk") / "w"
    with Workspace.create(root, created_at=NOW) as space:
        for read, file in (
            (imports.import_population, "population.csv"),
            (imports.import_facilities, "facilities.csv"),
            (imports.import_cases, "line_list.csv"),
        ):
            read(space, DATA / file, imported_at=NOW, actor="máy")
        doubtful = tmp_path_factory.mktemp("lists") / "doubtful.csv"
        doubtful.write_text(DOUBTFUL, encoding="utf-8")
        imports.import_cases(space, doubtful, imported_at=NOW, actor="máy")
        rules = load_ruleset("vn-4800-2021")
        decide.make_draft(space, rules=rules, as_of=AS_OF, drawn_at=NOW, actor="máy")
        publish.release(space, decision="01/QĐ-THỬ", created_at=NOW, actor="máy")
        policy = ByToken()
        drafts = DraftService(
            LiveDraft(space, now=clock, actor="máy"),
            space.releases,
            policy,
            note=lambda who, rows, why: space.store.note_reading(
                "draft cases", rows, at=NOW, actor=who, purpose=why
            ),
            options=ServiceOptions(),
        )
        drafts.follower.step()
        desk = WorkspaceDesk(space, now=clock)
        office = WorkspaceOffice(space, now=clock)
        app = create_app(
            space.releases,
            options=ServiceOptions(prepare=False),
            private=[session_router(policy), review_router(desk, policy), approvals_router(office, policy)],
            mounted={PREFIX: drafts.app},
        )
        yield SimpleNamespace(space=space, drafts=drafts, address=serve(app))


@pytest.fixture
def sign_in(open_page: Callable[..., Any], served: Any) -> Callable[..., Any]:
    """Open the map as somebody who then signs in at the desk, by keyboard."""

    def enter(token: str, fragment: str = "", **options: Any) -> Any:
        watched = open_page(served.address, fragment, **options)
        watched.page.set_default_timeout(120_000)
        if "desk=" not in fragment:
            watched.page.focus("#open-desk")
            watched.page.keyboard.press("Enter")
        watched.page.fill("#desk-token", token)
        watched.page.keyboard.press("Enter")
        return watched

    return enter


def number(text: str) -> int:
    [found] = re.findall(r"\d[\d.]*", text)
    return int(found.replace(".", ""))


def test_a_public_map_has_no_desk(open_page: Callable[..., Any], served: Any, serve: Any) -> None:
    watched = open_page(serve(create_app(served.space.releases, options=ServiceOptions(prepare=False))))
    assert watched.page.locator("#open-desk").count() == 0
    assert not any("desk-panel" in url for url in watched.requests), "nobody loads what they cannot open"
    assert watched.complaints == []


def test_a_wrong_token_opens_nothing(sign_in: Callable[..., Any]) -> None:
    watched = sign_in("sai")
    watched.page.wait_for_selector(".desk-fault")
    assert "không đúng" in watched.text(".desk-fault")
    assert watched.page.locator(".desk-tabs").count() == 0


def test_how_many_people_leave_lockdown_if_the_radius_becomes_100_m(
    sign_in: Callable[..., Any], served: Any, axe: str
) -> None:
    """The second of the three questions: one click on the desk, one on the slider."""
    watched = sign_in(LAN)
    page = watched.page
    page.wait_for_selector("#what-if-headline")
    assert watched.text("#what-if-headline") == "Số người bị phong tỏa không đổi"
    page.focus("#slider-radius_m")
    while watched.text("#value-radius_m") != "100 m":
        page.keyboard.press("ArrowLeft")
    page.wait_for_selector("#what-if-headline:has-text('ra khỏi phong tỏa')")
    watched.settle()
    found = what_if(served.drafts.shelf.live.draft, radius_m=100.0).figures.set_index("figure")
    assert number(watched.text("#what-if-headline")) == round(-found["difference"]["certain_residents"])
    assert parse_qs(urlsplit(page.url).fragment)["radius"] == ["100"]
    trial = page.evaluate("geozone.drawn('trial-line')")
    assert trial > 0, "the perimeter is redrawn on the map"
    page.evaluate(axe)
    faults = page.evaluate("axe.run('#card', {runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']})")
    assert [fault["id"] for fault in faults["violations"]] == []
    assert LAN not in page.url
    assert not any(LAN in url for url in watched.requests), "no token in an address"
    page.click("#card-close")
    watched.settle()
    assert page.evaluate("geozone.drawn('trial-line')") == 0


def test_a_link_holds_the_what_if(sign_in: Callable[..., Any]) -> None:
    watched = sign_in(LAN, "#lang=en&desk=what-if&radius=300&days=7")
    watched.page.wait_for_selector("#what-if-headline:has-text('more people locked down')")
    assert watched.text("#value-radius_m") == "300 m"
    assert watched.text("#value-days") == "7 days"


def test_one_draws_another_approves_and_the_map_has_it(sign_in: Callable[..., Any], served: Any) -> None:
    before = served.space.releases.get("current").digest
    analyst = sign_in(LAN, "#desk=what-if&radius=100")
    analyst.page.wait_for_selector("#what-if-keep")
    analyst.settle()
    analyst.page.click("#what-if-keep")
    analyst.page.wait_for_selector(".draft")
    assert "bán kính phong tỏa là 100 m thay vì 200 m" in analyst.text(".draft >> nth=0")
    analyst.page.click(".draft >> nth=0 >> button[id^=submit]")
    analyst.page.wait_for_selector(".draft-submitted")
    assert analyst.page.locator(".draft-submitted button[id^=approve]").count() == 0

    approver = sign_in(MINH, "#desk=drafts")
    approver.page.wait_for_selector(".draft-submitted")
    assert approver.page.locator("#desk-review").count() == 0, "an approver sees no addresses"
    approver.page.click("button[id^=approve]")
    assert approver.page.locator("input[id^=decision][aria-invalid]").count() == 1, "a number is needed"
    approver.page.fill("input[id^=decision]", "02/QĐ-THỬ")
    approver.page.click("button[id^=approve]")
    approver.page.wait_for_selector(".draft-approved")
    approver.page.click(".draft-approved button[id^=release]")
    approver.page.wait_for_selector(".draft-released")
    made = served.space.releases.get("current")
    assert made.digest != before
    assert made.manifest["decision"] == "02/QĐ-THỬ"
    assert analyst.complaints == approver.complaints == []


def test_a_draft_is_the_ground_of_the_map(sign_in: Callable[..., Any], served: Any, axe: str) -> None:
    """Drafts stand on the timeline of those who may see them, and look like what they are."""
    watched = sign_in(LAN)
    page = watched.page
    page.wait_for_selector(".mark-live", state="attached")
    marks = [text.strip() for text in page.locator(".marks .visually-hidden").all_inner_texts()]
    assert any("Quyết định 01/QĐ-THỬ" in text for text in marks), "decisions are told to a screen reader"
    assert "chưa ban hành" in marks[-1]
    people = watched.text(".stat-inside .stat-figure")
    kept = served.drafts.follower._drawing.keep(
        drawn_with(served.drafts.shelf.live.draft, {"radius_m": 500.0}), actor="chị Lan"
    )
    page.click("#card-close")
    watched.page.evaluate(f"location.hash += '&draft={kept}'")
    page.wait_for_selector(".past.on-draft")
    watched.settle()
    assert "chị Lan" in watched.text(".past.on-draft")
    assert number(watched.text(".stat-inside .stat-figure")) > number(people)
    assert page.evaluate("geozone.drawn('communes-fill')") > 0
    asked = [url for url in watched.requests if f"={kept}" in url]
    assert asked
    assert all("/drafts/" in url for url in asked), "a draft is asked about below the drafts only"
    page.evaluate(axe)
    faults = page.evaluate("axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']})")
    assert [fault["id"] for fault in faults["violations"]] == []
    page.click("#to-current")
    watched.settle()
    assert watched.text(".stat-inside .stat-figure") == people
    assert watched.complaints == []


def test_an_address_is_reviewed_by_keyboard(sign_in: Callable[..., Any], served: Any, tmp_path: Path) -> None:
    watched = sign_in(LAN, "#desk=review")
    page = watched.page
    page.wait_for_selector(".doubts")
    page.select_option("#desk-purpose", "address-review")
    page.fill("#desk-purpose-words", "tuần 28")
    page.press("#desk-purpose-words", "Tab")
    page.wait_for_selector(".doubts")
    page.focus("#desk-review")
    listed = page.locator(".doubts li").count()
    queue = review_queue(served.space, at=NOW, actor="test", as_of=None)
    tie = next(i for i, entry in enumerate(queue.entries) if str(entry.doubt.kind) == "tie")
    for _ in range(tie + 1):
        page.keyboard.press("j")
    page.wait_for_selector("#review-address")
    watched.settle()
    entry = queue.entries[tie]
    assert watched.text("#review-address") == entry.doubt.address
    assert page.evaluate("geozone.drawn('candidates-line')") > 0
    page.keyboard.press("1")
    page.wait_for_selector(".desk-note")
    watched.settle()
    [decided, *_] = decision_history(served.space)
    assert (decided["actor"], decided["action"]) == ("chị Lan", "choose")
    assert decided["code"] == entry.effects[0].option.code
    page.keyboard.press("u")
    page.wait_for_selector(".desk-note:has-text('hoàn tác')")
    if page.locator("#review-list").count():  # another address is open; after the last one it is the list
        page.click("#review-list")
    page.wait_for_selector(".doubts")
    assert page.locator(".doubts li").count() == listed
    assert decision_history(served.space)[1]["undone"]
    told = served.space.store.audit()
    why = told.loc[told["action"] == "read-addresses", "detail"].iloc[0]
    assert (why["purpose"], why["words"]) == ("address-review", "tuần 28")
