"""What is of one borrower is told by the zone he lives in, in a list as on the page behind it, and says so."""

from __future__ import annotations

import re

from flask import Flask

from registry.web.portal import language
from tests.officer.conftest import own_demo
from tests.officer.desk import Officer
from tests.web.demo import Demo

demo = own_demo("times")
MOMENT = re.compile(r"\d{1,2} [A-Z][a-z]+ \d{4}, \d\d:\d\d \([^)]+\)")


def asked(demo: Demo) -> str:
    """A request that waits for approval: its id."""
    demo.bench.settle()
    lookup = {**demo.lookup("unreachable"), "purpose": "obtain-contact-details"}
    return str(demo.using("collector").post("/v1/lookups", lookup, idempotency_key="times").json["approval"])


def test_a_request_was_asked_at_the_same_time_in_the_list_and_on_its_page(demo: Demo, demo_desk: Officer) -> None:
    approval = asked(demo)
    demo_desk.get("/officer/approvals")
    article = next(one for one in demo_desk.page.split("<article>") if approval in one)
    (listed,) = MOMENT.findall(article)
    demo_desk.get(f"/officer/approvals/{approval}")
    shown = re.search(r"<dt>Asked at</dt><dd>([^<]+)</dd>", demo_desk.page)
    assert shown is not None
    assert shown[1] == listed
    assert listed.endswith("(Beijing time)")


def test_a_complaint_is_due_on_the_same_day_in_the_list_and_on_its_page(demo: Demo, demo_desk: Officer) -> None:
    filed = demo.using("lender").post("/v1/complaints", {
        "from": "borrower", "borrower": demo.person("reachable")["borrower"], "about": "lender", "text": "invented"})
    complaint = filed.json["complaint"]
    demo_desk.get("/officer/complaints")
    article = next(one for one in demo_desk.page.split("<article>") if complaint in one)
    demo_desk.get(f"/officer/complaints/{complaint}")
    due = re.findall(r"<mark data-tone=\"[a-z]+\">([^<]*\d{4}[^<]*)</mark>", article)
    assert len(due) == 1
    assert due[0] in demo_desk.page
    assert "(Beijing time)" in demo_desk.page


def test_holds_and_erasures_are_told_by_the_borrowers_zone(demo: Demo, demo_desk: Officer) -> None:
    ids = demo.person("not-overdue")
    assert demo.using("lender").post(f"/v1/borrowers/{ids['borrower']}/erasure", {}).status_code == 201
    for path in ("/officer/holds", "/officer/erasures"):
        demo_desk.get(path)
        told = [one for article in demo_desk.page.split("<article>")[1:] for one in MOMENT.findall(article)]
        assert told
        assert all(one.endswith("(Beijing time)") for one in told), told


def test_a_time_is_written_as_clocks_of_its_zone_show_it_and_says_how_far_that_is_from_utc() -> None:
    app = Flask("times")
    language.install(app)
    with app.test_request_context("/?lang=en"):
        winter, summer = "2026-11-24T02:30:00.000Z", "2026-07-24T02:30:00.000Z"
        assert language.moment(winter) == "24 November 2026, 02:30 (UTC)"
        assert language.moment(winter, "America/New_York") == "23 November 2026, 21:30 (UTC−5)"
        assert language.moment(summer, "America/New_York") == "23 July 2026, 22:30 (UTC−4)"
        assert language.moment(winter, "Asia/Kolkata") == "24 November 2026, 08:00 (UTC+5:30)"
        assert language.moment(winter, "Asia/Shanghai") == "24 November 2026, 10:30 (Beijing time)"
        assert language.day(winter, "America/New_York") == "23 November 2026"
        language.use_zone("Europe/London")
        assert language.moment(summer) == "24 July 2026, 03:30 (UTC+1)"
        assert language.moment(summer, "UTC") == "24 July 2026, 02:30 (UTC)"
