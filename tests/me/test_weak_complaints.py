"""A session by a code complains, and is not told who collects: that is history (docs/adr/0012)."""

from __future__ import annotations

from tests.me.borrowers import Borrower


def test_who_collects_is_not_told_to_whoever_holds_the_telephone(mine: Borrower) -> None:
    agency = mine.world.made["agency"].id
    name = "示例催收一部"
    assert name in mine.pages().get("/me/complaints/new").text
    strong, weak = mine.strong(), mine.weak()
    said = {"about": "agency", "agency": agency, "text": "They ring at night."}
    filed = strong.post("/v1/me/complaints", said)
    assert filed.status_code == 201
    visitor = mine.weak_pages()
    for path in ("/me/complaints/new", "/me/complaints", "/me", "/me/consents", "/me/data", "/me/contacts"):
        page = visitor.get(path)
        assert page.status_code == 200
        assert name not in page.text, path
        assert agency not in page.text, path
    seen = weak.get(f"/v1/me/complaints/{filed.json['complaint']}").json
    assert (seen["state"], seen["about"]) == ("open", "agency")
    assert not {"agency", "agency_name", "lookup"} & set(seen)
    assert strong.get(f"/v1/me/complaints/{filed.json['complaint']}").json["agency_name"] == name
    # Complaining takes no more than the message in one's hand.
    options = {"about": f"lender:{mine.id}", "text": "It was at night."}
    visitor.get("/me/complaints/new")
    visitor.send("/me/complaints/new", **options)
    assert len(weak.get("/v1/me/complaints").json["items"]) == 2
