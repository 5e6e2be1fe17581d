"""An officer's whole story in a real browser: by passkey, and by key file where scripts are off."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from registry import officer as tool
from tests.browser.visitor import Visitor
from tests.browser.world import Site

WAITING = {"zh": "obtain-contact-details", "en": "relay-message"}


@pytest.mark.parametrize(("language", "phone"), [("zh", True), ("en", False)])
def test_an_officer_decides_by_passkey(site: Site, language: str, phone: bool) -> None:
    approval = site.asks_approval(WAITING[language])
    complaint = site.complains("attempts-missing")
    with site.visitor(language=language, phone=phone) as officer:
        printed = site.printed()["officer"]
        officer.enter(printed if language == "zh" else site.link("officer", site.officer()["id"]))
        officer.is_at("officer.home.title")
        enrols_a_passkey(site, officer)
        officer.press("common.sign-out")
        officer.go("/sign-in/staff")
        officer.press("sign-in.use-passkey")
        officer.is_at("officer.home.title")
        draws_up_an_approval(site, officer, approval)
        signs_by_passkey(officer)
        settles(site, officer, complaint)
        signs_by_passkey(officer)
        stops_everything(officer)
        officer.press("officer.releases.resume")
        signs_by_passkey(officer)
        officer.go("/officer/releases")
        officer.sees("officer.releases.go-on")
    assert site.approval_state(approval) == "approved"


def test_an_officer_without_scripts_decides_by_key_file(site: Site) -> None:
    approval = site.asks_approval("restore-contact", "message")
    with site.visitor(language="en", phone=True, javascript=False) as officer:
        site.signed_in(officer, "officer", site.officer()["id"])
        officer.go("/officer/passkeys")
        officer.sees_without_scripts("officer.passkeys.noscript")
        draws_up_an_approval(site, officer, approval)
        officer.type("officer.act.auth", '{"officer": "nobody"}')
        officer.press("officer.act.now")
        officer.page.get_by_role("alert").first.wait_for()
        signs_by_key(officer, site.officer()["key"])
        stops_everything(officer)
        officer.press("officer.releases.resume")
        signs_by_key(officer, site.officer()["key"])
        officer.go("/officer/releases")
        officer.sees("officer.releases.go-on")
    assert site.approval_state(approval) == "approved"


def enrols_a_passkey(site: Site, officer: Visitor) -> None:
    """Vouched for with both key files: in force at once."""
    officer.carries_passkeys()
    officer.go("/officer/passkeys")
    officer.press("officer.passkeys.make")
    officer.is_at("officer.act.title")
    signs_by_key(officer, site.officer(1)["key"], "officer.act.keep")
    officer.is_told("officer.said.kept")
    officer.page.locator("main article a[role=button]").last.click()
    signs_by_key(officer, site.officer(0)["key"])


def signs_by_key(officer: Visitor, key: str, way: str = "officer.act.now") -> None:
    """Takes the draft, has the officer's own tool sign it, and pastes what it printed."""
    with officer.page.expect_download() as taken:
        officer.page.locator("a[download]").click()
    draft = json.loads(Path(taken.value.path()).read_text("utf-8"))
    officer.type("officer.act.auth", json.dumps(tool.sign(draft, Path(key))))
    officer.press(way, place=officer.button(way).count() - 1)
    if way == "officer.act.now":
        officer.is_told("officer.said.done")


def signs_by_passkey(officer: Visitor) -> None:
    officer.is_at("officer.act.title")
    officer.press("officer.act.now")
    officer.is_told("officer.said.done")


def draws_up_an_approval(site: Site, officer: Visitor, approval: str) -> None:
    officer.go("/officer/approvals")
    officer.page.locator(f'a[href="/officer/approvals/{approval}"]').click()
    officer.sees("officer.approval.nothing-against")
    officer.sees("officer.approval.no-number")
    person = site.served.borrower("unreachable")
    for number in (person["contact_number"], person["channels"][0]["address"]):
        assert number.removeprefix("+86") not in officer.page.content()
    officer.press("officer.approval.approve")
    officer.is_at("officer.act.title")


def settles(site: Site, officer: Visitor, complaint: str) -> None:
    officer.go(f"/officer/complaints/{complaint}")
    assert site.COMPLAINT not in officer.text()
    officer.press("officer.complaint.open-words")
    assert site.COMPLAINT in officer.text()
    officer.tick("verdict", "upheld")
    officer.tick("remedy", "apology")
    officer.press("officer.draw-up")


def stops_everything(officer: Visitor) -> None:
    officer.go("/officer/releases")
    officer.press("officer.releases.stop")
    officer.sees("officer.releases.is-stopped")
