"""Two scenes that need a world of their own, for pictures: a brokered call, and consents that are to be renewed.

A call takes the one release of `unreachable`, and a renewal is due when the log's clock has gone on for months.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.browser import acts
from tests.browser.tour import Listed, Stop, Tour
from tests.browser.world import Site

WHO = "unreachable"
UNTIL_DUE = "P215D"
CALLED: Listed = [
    ("auditor", "auditor-lookup-connected", "/auditor/lookups/<id:call>"),
    ("borrower", "borrower-called", "/me/lookups/<id:call>"), ("contact", "contact-called", "/c/uses/<id:call>"),
    ("contact", "contact-uses-called", "/c/uses"),
]
RENEWED: Listed = [
    ("borrower", "borrower-renewal", "/me/consents"),
    ("borrower", "borrower-renewal-code", "/me/consents/<id:own>/code"),
    ("contact", "contact-renewals", "/c/consents"), ("contact", "contact-renewal", "/c/consents/<id:asked>"),
    ("contact", "contact-home-renewal", "/c"),
]


@dataclass(frozen=True, slots=True)
class Scene(Tour):
    """A tour of some pages of a world in which one thing has happened."""

    listed: Listed

    def stops(self) -> Iterator[Stop]:
        for who, name, route in self.listed:
            yield Stop(name, who, route, self.address(route))


def called(site: Site) -> Scene:
    """A call was approved, connected and talked."""
    return Scene(site, {"id:call": acts.connects(site)}, _people(site), CALLED)


def renewed(site: Site) -> Scene:
    """Months later the lender asks borrower and contact to agree again."""
    lender, person = site.served.client("lender"), site.served.borrower(WHO)
    assert site.served.client("officer").post("/v1/demo/clock", {"advance": UNTIL_DUE}).status == 200
    given = {one["giver"]: one["consent"] for one in lender.get("/v1/consents?limit=100").value["items"]
             if one["borrower"] == person["borrower"]}
    asked: dict[str, Any] = {}
    for giver, consent in given.items():
        answer = lender.post(f"/v1/consents/{consent}/renewal", {})
        assert answer.status == 201, answer.text
        asked[giver] = answer.value["consent"]
    return Scene(site, {"id:own": asked["borrower"], "id:asked": asked["contact"]}, _people(site), RENEWED)


def _people(site: Site) -> dict[str, str]:
    person = site.served.borrower(WHO)
    return {
        "borrower": site.session("borrower", person["borrower"]),
        "contact": site.session_by_code("contact", person["contact_number"]),
        "officer": site.session("officer", site.officer()["id"]), "auditor": site.session("auditor", site.auditor()),
    }
