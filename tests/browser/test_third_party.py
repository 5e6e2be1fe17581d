"""A contact's whole story in a real browser: invited by a link and a code, or signing in with the number alone."""

from __future__ import annotations

from tests.browser.visitor import Visitor
from tests.browser.world import Site


def test_a_contact_is_invited_decides_and_stops_it_without_scripts(site: Site) -> None:
    person = site.served.borrower("no-contact-consent")
    number = person["contact_number"]
    site.forget_messages(number)
    link = borrower_invites(site, person)
    with site.visitor(language="zh", phone=True, javascript=False) as contact:
        contact.go(link)
        names = site.words_of(person)
        assert [one for one in names if one in contact.text()] == [], "no name before the code"
        contact.type("sign-in.code", "000000")
        contact.press("c.invitation.open")
        contact.page.get_by_role("alert").wait_for()
        contact.type("sign-in.code", site.code(number, "contact-invitation"))
        contact.press("c.invitation.open")
        sees_before_agreeing(contact)
        contact.press("c.consent.agree")
        contact.is_at("c.done.given.title")
        contact.go("/c/consents")
        contact.press("c.consents.read")
        assert contact.takes("c.receipt").suggested_filename.endswith(".jwt")
        contact.press("c.consents.withdraw")
        contact.go("/c")
        never_again(contact)


def test_a_contact_signs_in_with_the_number_and_answers_instead_of_being_called(site: Site) -> None:
    number = site.served.borrower("unreachable")["contact_number"]
    used = site.released()
    with site.visitor(language="en", phone=False) as contact:
        site.forget_messages(number)
        contact.ask_code("contact", number)
        contact.enter_code(site.code(number, "sign-in-code"))
        contact.is_at("c.home.title")
        contact.press("c.home.all")
        contact.page.locator(f'a[href="/c/uses/{used}"]').click()
        contact.press("c.answer.will-relay")
        contact.is_at("c.done.will-relay.title")
        contact.go(f"/c/uses/{used}")
        contact.sees("c.use.answered")
        complains(contact)
        contact.go("/c")
        never_again(contact)
        is_erased(contact)
    answer = site.served.client("collector").get(f"/v1/lookups/{used}").value["answer"]
    assert answer == "will-relay", "that he objected is his own business"


def test_the_links_that_were_printed_lead_in(site: Site) -> None:
    printed = site.printed()
    with site.visitor(language="zh") as visitor:
        visitor.go(printed["borrower unreachable"])
        visitor.is_at("sign-in.link.title")
        visitor.enter(printed["borrower reachable"])
        visitor.is_at("me.home.title")
        visitor.enter(printed["borrower reachable"])
        visitor.is_at("sign-in.link.gone")


def borrower_invites(site: Site, person: dict[str, str]) -> str:
    """The link that a borrower forwards; the code goes to the contact alone."""
    with site.visitor(language="en", phone=False) as borrower:
        site.signed_in(borrower, "borrower", person["borrower"])
        borrower.go("/me/contacts")
        borrower.press("me.contacts.invite")
        borrower.tick("grantee", "lender")
        borrower.tick("purposes", "relay-message")
        borrower.tick("modes", "message")
        borrower.press("me.invite.send")
        borrower.is_at("me.invited.title")
        picture = borrower.page.locator("main img")
        assert picture.evaluate("one => one.complete && one.naturalWidth > 100"), "the QR code is drawn"
        link = borrower.page.locator("main pre").inner_text().strip()
        return "/c/i/" + link.split("/c/i/")[1]


def sees_before_agreeing(contact: Visitor) -> None:
    for key in ("c.consent.for", "c.consent.purposes", "c.consent.times", "c.consent.stop", "c.consent.risks"):
        contact.sees(key)
    sizes = [contact.button(key).bounding_box() for key in ("c.consent.agree", "c.consent.refuse")]
    agree, refuse = (one for one in sizes if one is not None)
    assert (agree["width"], agree["height"]) == (refuse["width"], refuse["height"])


def never_again(contact: Visitor) -> None:
    contact.press("c.home.do.objection")
    contact.press("c.objection.send")
    contact.is_at("c.done.objected.title")
    contact.go("/c/objection")
    contact.sees("c.objection.in-force")


def complains(contact: Visitor) -> None:
    contact.press("c.use.complain")
    contact.type("c.complain.text", "They called me at work. 他们打到我单位。")
    contact.press("c.complain.send")
    contact.sees("c.complaints.state.open")


def is_erased(contact: Visitor) -> None:
    contact.go("/c/data")
    contact.press("c.erase.send")
    contact.page.get_by_role("alert").wait_for()
    contact.page.locator('input[name="confirm"]').check()
    contact.press("c.erase.send")
