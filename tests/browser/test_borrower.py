"""A borrower's whole story in a real browser: in both languages, on a phone and a desk, with and without scripts."""

from __future__ import annotations

import json

import pytest

from tests.browser.visitor import Visitor
from tests.browser.world import Site


@pytest.mark.parametrize(("name", "language", "phone"), [("withdrawn", "zh", True), ("on-hold", "en", False)])
def test_a_borrower_decides_who_may_ask(site: Site, name: str, language: str, phone: bool) -> None:
    me = site.served.borrower(name)
    own = next(one["address"] for one in me["channels"] if one["medium"] == "sms")
    with site.visitor(language=language, phone=phone) as borrower:
        comes_by_link(site, borrower, name)
        sees_who_asked_and_checks_a_proof(borrower)
        comes_by_code(site, borrower, own)
        gives_a_consent_by_code(site, borrower, own)
        adds_a_passkey_and_signs_in_with_it(borrower)
        gives_a_consent_by_passkey(borrower)
        withdraws(borrower)
        says_how_to_be_reached(borrower)
        complains(borrower)
        takes_everything_along(borrower)
        is_erased(borrower)


def comes_by_link(site: Site, borrower: Visitor, name: str) -> None:
    borrower.enter(site.link("borrower", site.served.borrower(name)["borrower"]))
    borrower.is_at("me.home.title")


def sees_who_asked_and_checks_a_proof(borrower: Visitor) -> None:
    borrower.go("/me/lookups")
    borrower.is_at("me.lookups.title")
    borrower.press("me.lookups.more")
    checks_proofs(borrower, "me")


def checks_proofs(reader: Visitor, who: str) -> None:
    """Green for what was given; red once a single character of it is another."""
    said = {one: reader.page.locator(f'[data-said="{one}"]') for one in ("right", "wrong")}
    reader.press(f"{who}.proof.check")
    said["right"].wait_for(state="visible")
    assert not said["wrong"].is_visible()
    for part in ("hash", "proof", "key"):
        reader.page.reload()
        reader.page.locator(f'[data-part="{part}"]').evaluate(TAMPER)
        reader.press(f"{who}.proof.check")
        said["wrong"].wait_for(state="visible")
        assert not said["right"].is_visible(), part


# Another character in the middle of the text: of the hash, of a node of the path, of the key.
TAMPER = """node => {
  const text = node.textContent, place = Math.floor(text.length / 2);
  node.textContent = text.slice(0, place) + (text[place] === "1" ? "2" : "1") + text.slice(place + 1);
}"""


def comes_by_code(site: Site, borrower: Visitor, own: str) -> None:
    borrower.press("common.sign-out")
    site.forget_messages(own)
    borrower.ask_code("borrower", own)
    borrower.enter_code(site.code(own, "sign-in-code"))
    borrower.is_at("me.home.title")


def chooses_terms(borrower: Visitor) -> None:
    borrower.go("/me/consents/new")
    borrower.tick("grantee", "lender")
    borrower.tick("purposes", "restore-contact")
    borrower.tick("modes", "message")


def gives_a_consent_by_code(site: Site, borrower: Visitor, own: str) -> None:
    chooses_terms(borrower)
    site.forget_messages(own)
    borrower.page.locator('input[name="channel"]').first.check()
    borrower.press("me.new.agree")
    borrower.is_at("me.code.title")
    borrower.type("me.code.label", "000000")
    borrower.press("me.code.send")
    borrower.page.get_by_role("alert").wait_for()
    borrower.type("me.code.label", site.code(own, "borrower-consent-code"))
    borrower.press("me.code.send")
    borrower.is_told("me.said.given")


def adds_a_passkey_and_signs_in_with_it(borrower: Visitor) -> None:
    borrower.carries_passkeys()
    borrower.go("/me/data")
    borrower.press("me.passkeys.add")
    borrower.is_told("me.said.passkey-added")
    borrower.press("common.sign-out")
    borrower.press("sign-in.use-passkey")
    borrower.is_at("me.home.title")


def gives_a_consent_by_passkey(borrower: Visitor) -> None:
    chooses_terms(borrower)
    borrower.press("me.new.agree.passkey")
    borrower.is_at("me.passkey-consent.title")
    borrower.press("me.passkey-consent.send")
    borrower.is_told("me.said.given")


def withdraws(borrower: Visitor) -> None:
    receipt = borrower.takes("me.consents.receipt")
    assert receipt.suggested_filename.endswith(".jwt")
    before = borrower.button("me.consents.withdraw").count()
    borrower.press("me.consents.withdraw")
    borrower.is_told("me.said.withdrawn")
    assert borrower.button("me.consents.withdraw").count() == before - 1


def says_how_to_be_reached(borrower: Visitor) -> None:
    borrower.go("/me/reach")
    borrower.page.locator('input[name="channel"]').first.check()
    borrower.tick("windows", "evening")
    borrower.press("me.reach.send")
    borrower.is_told("me.said.reachable")


def complains(borrower: Visitor) -> None:
    borrower.go("/me/complaints/new")
    borrower.page.locator('input[name="about"]').first.check()
    borrower.type("me.complain.text", "他们晚上十点给我打电话。They called at ten at night.")
    borrower.press("me.complain.send")
    borrower.sees("me.complaints.state.open")


def takes_everything_along(borrower: Visitor) -> None:
    borrower.go("/me/data")
    found = json.loads(borrower.takes("me.export.json").path().read_text("utf-8"))
    wanted = ("borrowers", "channels", "contacts", "consents", "lookups", "complaints", "passkeys")
    assert [one for one in wanted if not found[one]] == []
    assert borrower.takes("me.export.html").path().read_text("utf-8").startswith("<!doctype html>")


def is_erased(borrower: Visitor) -> None:
    borrower.press("me.erase.go")
    borrower.press("me.erase.send")
    borrower.page.get_by_role("alert").wait_for()
    borrower.page.locator('input[name="confirm"]').check()
    borrower.press("me.erase.send")
    borrower.is_told("me.said.erased")
