"""What strangers' pages and strangers' words can do in a real browser: nothing."""

from __future__ import annotations

import http.server
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import quote

import pytest

from tests.browser.visitor import Visitor
from tests.browser.world import Site

# What would run if any of it were ever read as markup, script, address or template.
EVIL = (
    '"><img src=x onerror="window.hit=1">', "<script>window.hit=1</script>", "'-(window.hit=1)-'",
    "javascript:window.hit=1", "{{ 7*7 }}", "中文<svg onload=window.hit=1>名字",
)
LINE, CONTACT_LINE = "+8610000009{:02d}", "+8610000008{:02d}"


@pytest.fixture(scope="module")
def evil(site: Site) -> Evil:
    """Institutions, people and complaints whose names and words are attacks."""
    lender, token = site.institution(f"坏{EVIL[0]}{EVIL[1]}")
    client = site.client(token)
    borrower = client.post("/v1/borrowers", {
        "ref": "evil-1", "name": {"family": EVIL[0], "given": EVIL[1]}, "residence": "CN",
        "time_zone": "Asia/Shanghai", "languages": ["zh-CN"],
        "channels": [{"medium": "sms", "value": LINE.format(1), "use": "personal"}],
    }).value["borrower"]
    contact = client.post(f"/v1/borrowers/{borrower}/contacts", {
        "ref": "evil-contact", "name": EVIL[5], "relation": "sibling", "number": CONTACT_LINE.format(1),
        "languages": ["zh-CN"], "rank": 1}).value["contact"]
    complaint = client.post("/v1/complaints", {
        "from": "contact", "borrower": borrower, "contact": contact, "about": "lender",
        "text": " ".join(EVIL)}).value["complaint"]
    return Evil(lender, borrower, contact, complaint)


@dataclass(frozen=True, slots=True)
class Evil:
    """Ids of the invented attackers."""

    lender: str
    borrower: str
    contact: str
    complaint: str


def is_unharmed(visitor: Visitor) -> None:
    """Nothing of it became part of the page. The policy's own complaints fail the test in `Watch`."""
    assert visitor.page.evaluate("window.hit") is None
    assert visitor.page.locator("img[src=x], svg[onload], main script, a[href^='javascript:']").count() == 0
    assert "49" not in visitor.text().split()


def test_names_and_words_are_shown_and_never_run(site: Site, evil: Evil) -> None:
    name = f"坏{EVIL[0]}{EVIL[1]}"
    with site.visitor(language="zh", phone=False) as visitor:
        site.signed_in(visitor, "borrower", evil.borrower, evil.lender)
        for path in ("/me", "/me/contacts", "/me/consents/new", f"/me/contacts/{evil.contact}/invitation",
                     "/me/complaints/new"):
            visitor.go(path)
            is_unharmed(visitor)
        assert name in visitor.text(), "an institution is called what it is called"
        complains_of(visitor, EVIL)
    with site.visitor(language="en", phone=False) as visitor:
        site.signed_in(visitor, "officer", site.officer()["id"])
        visitor.go(f"/officer/complaints/{evil.complaint}")
        visitor.press("officer.complaint.open-words")
        assert " ".join(EVIL) in visitor.text()
        is_unharmed(visitor)
    with site.visitor(language="zh", phone=True) as visitor:
        token = site.session_by_code("contact", CONTACT_LINE.format(1))
        visitor.context.add_cookies([{"name": "consentry", "value": token, "url": site.url}])
        visitor.go("/c")
        assert EVIL[1] in visitor.text(), "the given name"
        for path in ("/c", "/c/consents", "/c/data", "/c/complaints/new"):
            visitor.go(path)
            is_unharmed(visitor)


def complains_of(visitor: Visitor, words: tuple[str, ...]) -> None:
    """Refused first, so that what was typed comes back into the form."""
    visitor.page.evaluate("document.querySelectorAll('[required]').forEach(one => one.required = false)")
    visitor.type("me.complain.text", "</textarea>" + " ".join(words))
    visitor.press("me.complain.send")
    is_unharmed(visitor)
    assert visitor.page.get_by_label(visitor.words("me.complain.text")).input_value().startswith("</textarea>")


ADDRESSES = {
    "": ("/sign-in?role={}&next={}", "/sign-in?lang={}", "/sign-in/code?request={}", "/sign-in/link/{}", "/c/i/{}",
         "/{}"),
    "borrower": ("/me/lookups?cursor={}", "/me/complaints/new?lookup={}"),
    "officer": ("/officer/packs/{}", "/officer/approvals?cursor={}"),
    "auditor": ("/auditor/lookups?agent={}&since={}&reason={}", "/auditor/figures?since={}&until={}",
                "/auditor/figures/{}.svg"),
}


@pytest.mark.parametrize("role", ADDRESSES)
def test_what_an_address_says_is_never_run(site: Site, role: str) -> None:
    subjects = {"officer": site.officer()["id"], "auditor": site.auditor(),
                "borrower": site.served.borrower("not-placed")["borrower"]}
    with site.visitor(language="en", phone=False) as visitor:
        if role:
            site.signed_in(visitor, role, subjects[role])
        for path in ADDRESSES[role]:
            visitor.go(path.replace("{}", quote("".join(EVIL[:2]), safe="")))
            is_unharmed(visitor)


# What stands on a stranger's page: it would pause everything for a borrower who is signed in elsewhere.
FORM = """<!doctype html><title>x</title><form method="post" action="{url}/me/hardship"{how}>
<input name="form" value="{token}"></form><script>document.forms[0].submit()</script>"""
HOWS = ("", ' enctype="multipart/form-data"', ' enctype="text/plain"')


@contextmanager
def strange_page(html: str) -> Iterator[int]:
    """Another server on this machine, with one page; its port."""
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(html.encode("utf-8"))

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


# The same machine under its name is the same site to a browser: cookies go along. Under its number it is another.
@pytest.mark.parametrize(("host", "name"), [
    ("localhost", "not-overdue"), ("127.0.0.1", "notice-running"), ("data:", "contact-objected"),
])
def test_a_form_on_a_strangers_page_does_nothing(site: Site, host: str, name: str) -> None:
    subject = site.served.borrower(name)["borrower"]
    with site.visitor(strict=False) as visitor:
        site.signed_in(visitor, "borrower", subject)
        visitor.go("/me/hardship")
        token = visitor.page.locator('form[action="/me/hardship"] input[name="form"]').input_value()
        for how in HOWS if host == "localhost" else HOWS[:1]:
            # Even with the right token, which no stranger could know.
            html = FORM.format(url=site.url, token=token, how=how)
            with strange_page(html) as port:
                address = f"data:text/html,{quote(html)}" if host == "data:" else f"http://{host}:{port}/"
                with visitor.page.expect_response(lambda answer: answer.request.method == "POST") as sent:
                    visitor.page.goto(address)
            assert sent.value.status in (303, 403, 415), how
            assert "/me" not in sent.value.headers.get("location", "").split("?")[0]
        visitor.go("/me")
        assert visitor.words("me.home.paused") not in visitor.text()
        visitor.go("/me/hardship")
        visitor.press("me.hardship.send")
        visitor.is_told("me.said.paused")


def test_no_page_shows_inside_a_strangers_frame(site: Site) -> None:
    with site.visitor(strict=False) as visitor:
        site.signed_in(visitor, "borrower", site.served.borrower("not-placed")["borrower"])
        visitor.go("/me")
        html = f'<!doctype html><title>x</title><iframe src="{site.url}/me" width="800" height="600"></iframe>'
        with strange_page(html) as port:
            visitor.page.goto(f"http://localhost:{port}/")
            time.sleep(0.3)
            [frame] = visitor.page.main_frame.child_frames
            assert visitor.words("me.home.title") not in frame.content()


def test_no_script_sees_the_session_and_no_cookie_goes_further_than_it_must(site: Site) -> None:
    with site.visitor() as visitor:
        planted = f"cns_{'B' * 43}"
        visitor.context.add_cookies([{"name": "consentry", "value": planted, "url": site.url}])
        visitor.enter(site.link("borrower", site.served.borrower("not-placed")["borrower"]))
        visitor.is_at("me.home.title")
        kept = visitor.cookie()
        assert kept is not None
        assert kept["value"] != planted
        assert (kept["httpOnly"], kept["sameSite"], kept["path"], kept["expires"]) == (True, "Lax", "/", -1)
        assert kept["domain"] == "localhost", "and no dot before it"
        assert "consentry" not in visitor.page.evaluate("document.cookie")


def test_who_goes_back_after_signing_out_sees_nothing(site: Site) -> None:
    with site.visitor() as visitor:
        site.signed_in(visitor, "borrower", site.served.borrower("not-placed")["borrower"])
        visitor.go("/me/contacts")
        visitor.press("common.sign-out")
        visitor.is_at("sign-in.title")
        visitor.page.go_back()
        visitor.is_at("sign-in.title")
