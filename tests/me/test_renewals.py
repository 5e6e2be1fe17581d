"""A lender asks a borrower to renew: it shows in the portal with its text, and the borrower's code gives it."""

from __future__ import annotations

import re

from registry.model.times import DAY, HOUR, stamp
from registry.texts import notices
from tests.me.borrowers import Borrower, scope
from tests.web.world import World


def in_the_morning(world: World) -> None:
    """Nobody is written to at night: to the next 10:00 in Shanghai."""
    now = world.clock.now()
    world.clock.move_to(now - now % DAY + DAY + 2 * HOUR)


def recorded(world: World, mine: Borrower, days: int = 20) -> str:
    now = world.clock.now()
    answer = world.lender.post("/v1/consents", {
        "giver": "borrower", "borrower": mine.id, "scope": scope(), "method": "paper", "separate": True,
        "notice": {"id": "theirs", "version": "1", "language": "zh-CN", "sha256": "0" * 64},
        "given_at": stamp(now), "expires_at": stamp(now + days * DAY)}, idempotency_key=f"r-{world.number()[-4:]}")
    assert answer.status_code == 201, answer.text
    return str(answer.json["consent"])


def test_a_renewal_is_asked_shown_with_its_text_and_given_by_the_borrowers_code(
    world: World, seasoned: Borrower,
) -> None:
    old = recorded(world, seasoned)
    asked = world.lender.post(f"/v1/consents/{old}/renewal", {})
    assert (asked.status_code, asked.json["renews"], asked.json["state"]) == (201, old, "pending-code"), asked.text
    new = asked.json["consent"]
    in_the_morning(world)
    world.settle()
    assert world.lender.get(f"/v1/consents/{new}").json["renews"] == old
    me = seasoned.strong()
    shown = next(one for one in me.get("/v1/me/consents").json["items"] if one["consent"] == new)
    assert (shown["state"], shown["renews"], shown["notice"]["id"]) == ("pending-code", old, "borrower-consent")
    (message,) = [one for one in world.bench.outbox.messages() if one["template"] == "borrower-renewal"]
    code = re.findall(r"\b\d{6}\b", message["text"])[0]
    assert me.post(f"/v1/me/consents/{new}/code", {"code": code}).json["state"] == "given"
    record = me.get(f"/v1/me/consents/{new}/record?format=27560").json
    assert record["dct:replaces"] == {"@id": f"urn:consentry:consent:{old}"}
    again = world.lender.post(f"/v1/consents/{old}/renewal", {})
    assert (again.status_code, again.json["code"]) == (409, "renewal-cooldown")


def test_the_text_of_a_renewal_is_ours_in_the_readers_language_or_none() -> None:
    named = notices.current("borrower").shown("zh")
    assert notices.ours(named, "en") == notices.current("borrower").paragraphs("en")
    assert notices.ours({**named, "language": "zh-CN"}, "zh") == notices.current("borrower").paragraphs("zh")
    for other in ({"sha256": "0" * 64}, {"id": "theirs"}, {"language": "fr"}):
        assert notices.ours({**named, **other}, "zh") == []


def test_a_renewal_in_other_words_than_the_path_takes_is_refused(world: World, seasoned: Borrower) -> None:
    old = recorded(world, seasoned)
    for body, code in (({"giver": "contact"}, "malformed"), ({"expires_at": "2035-01-01T00:00:00Z"}, "scope-wider"),
                       ({"scope": scope(max_uses=100)}, "scope-wider")):
        answer = world.lender.post(f"/v1/consents/{old}/renewal", body)
        assert (answer.status_code, answer.json["code"]) == (422, code)
