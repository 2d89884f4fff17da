"""Signing in on the map, in a browser: by keyboard, in both languages, and out again."""

from __future__ import annotations

import os
import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import uvicorn

import geozone
from geozone.access import AccessPolicy, Identity, Role
from geozone.api import ServiceOptions, create_app
from geozone.cli.private_service import for_accounts
from geozone.pipeline import accounts, publish
from geozone.settings import Settings
from geozone.workspace import Workspace

from .fake_issuer import FakeIssuer

pytestmark = pytest.mark.browser
CHROMIUM = Path("/usr/bin/chromium")
PAGE = Path(geozone.__file__).parent / "web"
GOOD = "con ngựa pin kẹp giấy"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--ignore-gpu-blocklist",
]


@pytest.fixture
def issuer() -> Iterator[FakeIssuer]:
    made = FakeIssuer()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def service(template: Path, tmp_path: Path, issuer: FakeIssuer) -> Iterator[tuple[str, str]]:
    """Address of a service with accounts, and the admin's one-time secret."""
    scripts = "".join(path.read_text(encoding="utf-8") for path in PAGE.glob("assets/*.js"))
    if not CHROMIUM.exists() or "login-title" not in scripts:
        if os.environ.get("GEOZONE_REQUIRE_BROWSER"):
            pytest.fail("no Chromium, or the page is not built")
        pytest.skip("needs Chromium and the built page")
    shutil.copytree(template, tmp_path / "w")
    now = datetime.now(UTC)
    with ExitStack() as stack:
        with Workspace.open(tmp_path / "w") as space:
            publish.release(space, decision="1/QĐ", created_at=now, actor="an")
            made = accounts.first_admin(space.store, at=now)
            lan = Identity("lan", Role.ANALYST)
            known = {"policy": AccessPolicy(), "at": now, "subject": f"{issuer.url} lan@ytế"}
            accounts.add_account(space.store, lan, accounts.SYSTEM, **known)
            releases = space.releases
        assert made is not None
        part = for_accounts(tmp_path / "w", releases, Settings(openid_issuer=issuer.url), stack)
        app = create_app(
            releases, options=ServiceOptions(prepare=False), private=part.routers, policy=part.policy
        )
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical", access_log=False))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", made[1]
        app.state.end_streams()
        server.should_exit = True
        thread.join(10)
        listener.close()


@pytest.fixture
def page(service: tuple[str, str]) -> Iterator[Any]:
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        opened = browser.new_page(locale="vi-VN", viewport={"width": 1280, "height": 800})
        opened.goto(f"{service[0]}/")
        yield opened
        browser.close()


def test_the_first_admin_signs_in_by_keyboard_and_out_again(service: tuple[str, str], page: Any) -> None:
    page.wait_for_selector("#account-button")
    assert page.inner_text("#account-button") == "Đăng nhập"
    page.focus("#account-button")
    page.keyboard.press("Enter")
    page.wait_for_selector("#login[open]")
    assert page.evaluate("document.activeElement.id") == "login-name"
    page.keyboard.type("admin")
    page.keyboard.press("Tab")
    page.keyboard.type("wrong password")
    page.keyboard.press("Enter")
    page.wait_for_selector("#login-fault:not(:empty)")
    assert "không đúng" in page.inner_text("#login-fault")
    assert page.input_value("#login-name") == "admin"
    page.fill("#login-password", service[1])
    page.keyboard.press("Enter")
    page.wait_for_selector("#login-old")
    assert "dùng một lần" in page.inner_text("#login")
    if os.environ.get("GEOZONE_TEST_PICTURES"):
        page.screenshot(path=str(Path(os.environ["GEOZONE_TEST_PICTURES"]) / "login.png"))
    page.fill("#login-old", service[1])
    page.fill("#login-new", GOOD)
    page.fill("#login-again", GOOD + "x")
    page.keyboard.press("Enter")
    assert "không giống nhau" in page.inner_text("#login-fault")
    page.fill("#login-again", GOOD)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.wait_for_selector("#account-button:has-text('Quản trị viên')")
    [cookie] = page.context.cookies()
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["name"]) == (True, "Strict", "geozone-session")
    assert cookie["value"] not in page.evaluate(
        "document.cookie + JSON.stringify(localStorage) + location.href"
    )
    page.click("#account-button")
    page.keyboard.press("Escape")
    assert page.query_selector("#login[open]") is None
    page.click("#account-button")
    with page.expect_navigation():
        page.click("#login-out")
    page.wait_for_selector("#account-button:has-text('Đăng nhập')")
    assert page.context.cookies() == []


def test_one_signs_in_with_the_account_of_the_organisation(page: Any, issuer: FakeIssuer) -> None:
    issuer.person = "mai"
    page.wait_for_selector("#account-button")
    page.click("#account-button")
    page.click("#login-openid")
    page.wait_for_selector("#login[open]")
    assert "chưa được cấp quyền" in page.inner_text("#login-fault")
    assert "sign-in" not in page.url
    issuer.person = "lan@ytế"
    page.click("#login-openid")
    page.wait_for_selector("#account-button:has-text('Cán bộ phân tích')")
    assert [cookie["name"] for cookie in page.context.cookies()] == ["geozone-session"]
    assert "code" not in page.url


def test_the_dialog_is_accessible_in_both_languages(page: Any) -> None:
    axe = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
    if not axe.exists():
        pytest.skip("axe-core is not installed")
    page.wait_for_selector("#account-button")
    for language, title in (("vi", "Đăng nhập"), ("en", "Sign in")):
        page.evaluate(f"document.documentElement.lang = '{language}'")
        page.wait_for_selector(f"#account-button:has-text('{title}')")
        page.click("#account-button")
        page.wait_for_selector("#login[open]")
        page.evaluate(axe.read_text(encoding="utf-8"))
        found = page.evaluate("axe.run('#login').then((result) => result.violations.map((one) => one.id))")
        assert found == []
        page.keyboard.press("Escape")
