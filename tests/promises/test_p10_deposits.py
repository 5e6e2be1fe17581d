"""P10: a deposit answers the same whether its line is new, a contact's, objected, or erased."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from werkzeug.test import TestResponse

from registry.model.ids import new_id
from tests.promises.test_p10_indistinguishable import alike
from tests.web.world import World as Web
from tests.web.world import make_world


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    with make_world(tmp_path_factory.mktemp("p10")) as made:
        yield made


LINES = {
    "new": "+8610000001001", "a contact's": "+8610000001002", "one that objected": "+8610000001003",
    "an erased contact's": "+8610000001004", "a borrower's": "+8610000001005",
    "an erased borrower's": "+8610000001006",
}


def erase(web: Web, subject: str, role: str, borrower: str) -> None:
    web.bench.vault.call("append", {"entry": {
        "v": 1, "id": new_id(os.urandom), "kind": "erasure-requested/1", "by": web.made["lender"].value(),
        "body": {"subject": subject, "role": role, "borrower": borrower}}})


def listed(web: Web, number: str) -> tuple[str, TestResponse]:
    """A fresh borrower, and the answer to listing this number as a contact."""
    borrower = web.lender.post("/v1/borrowers", web.borrower()).json["borrower"]
    return borrower, web.lender.post(f"/v1/borrowers/{borrower}/contacts", web.contact(number=number))


def lived(web: Web) -> None:
    """Lines of every past."""
    for name in ("a contact's", "one that objected", "an erased contact's"):
        borrower, answer = listed(web, LINES[name])
        web.settle()
        if name == "one that objected":
            link = web.messages(LINES[name])[0]["text"].split("/r/")[1][:32]
            assert web.nobody.post(f"/r/{link}", {"answer": "object"}).status_code == 200
        if name == "an erased contact's":
            erase(web, answer.json["contact"], "contact", borrower)
    for name in ("a borrower's", "an erased borrower's"):
        borrower = web.lender.post("/v1/borrowers", web.borrower(channels=[
            {"medium": "sms", "value": LINES[name], "use": "personal"}])).json["borrower"]
        if name == "an erased borrower's":
            erase(web, borrower, "borrower", borrower)
    web.settle()


def test_a_deposit_answers_the_same_whatever_is_known_of_the_line(web: Web) -> None:
    lived(web)
    lender, contacts, borrowers, channels, consents, owners = web.lender, {}, {}, {}, {}, {}
    for name, number in LINES.items():
        owners[name], contacts[name] = listed(web, number)
        channels[name] = lender.post(f"/v1/borrowers/{owners[name]}/channels", {
            "medium": "voice", "value": number, "use": "personal"})
        borrowers[name] = lender.post("/v1/borrowers", web.borrower(channels=[
            {"medium": "voice", "value": number, "use": "personal"}]))
        terms = web.consent("contact", owners[name], contacts[name].json["contact"], method="message")
        consents[name] = lender.post("/v1/consents", terms, idempotency_key=f"c{number[-4:]}")
    for answers in (contacts, borrowers, channels, consents):
        assert {one.status_code for one in answers.values()} == {201}
        alike({name: one.json for name, one in answers.items()})
        assert len({str(sorted(one.headers.keys())) for one in answers.values()}) == 1
        for name, one in answers.items():
            assert LINES[name][3:] not in one.text
    web.settle()
    # Nor later, when the lender looks at what became of it.
    alike({name: lender.get(f"/v1/borrowers/{owner}/contacts").json for name, owner in owners.items()})
    alike({name: lender.get(f"/v1/borrowers/{one.json['borrower']}").json for name, one in borrowers.items()})
