"""The same Idempotency-Key from 16 threads at once, over HTTP and two workers: one result, one entry, equal bodies.

Seen to fail: with a fresh key for each thread, every one of these finds as many entries as threads (a notice: 409s).
"""

from __future__ import annotations

import secrets
from collections import Counter
from functools import partial
from typing import Any

import pytest

from tests.contract.client import Answer, later
from tests.contract.test_consents import _person as new_person
from tests.contract.test_consents import _terms as terms
from tests.faults.house import House
from tests.promises.processes import at_once

THREADS = 16
Asked = tuple[str, dict[str, Any], dict[str, Any], str, str]  # path, body, another body, whose, kind of entry


def a_denial(home: House) -> Asked:
    body = home.world.request("on-hold")
    return "/v1/lookups", body, {**body, "agent": "another"}, "collector", "lookup-decided/1"


def a_consent(home: House) -> Asked:
    body = terms(home.world, new_person(home.world), "borrower")
    return "/v1/consents", body, {**body, "method": "paper"}, "lender", "consent-given/1"


def an_invitation(home: House) -> Asked:
    body = terms(home.world, new_person(home.world), "contact")
    return "/v1/consents", body, {**body, "method": "paper"}, "lender", "consent-requested/1"


def a_notice(home: House) -> Asked:
    path = f"/v1/accounts/{home.world.people['no-borrower-consent']['account']}/notices"
    return path, {}, {}, "collector", "notice-requested/1"


def an_outcome(home: House) -> Asked:
    permit = home.world.look("unreachable", key="the-permit").json
    body = {"outcome": "no-answer", "at": later(home.world.now()), "agent": home.world.card["agent"]}
    return (f"/v1/lookups/{permit['lookup']}/outcomes", body, {**body, "outcome": "relayed"}, "collector",
            "outcome-reported/1")


def without_proof(answer: Answer) -> dict[str, Any]:
    """A later repeat is proved by a later checkpoint."""
    return {name: value for name, value in answer.json.items() if name != "proof"}


@pytest.mark.parametrize("make", [a_denial, a_consent, an_invitation, a_notice, an_outcome],
                         ids=lambda make: make.__name__)
def test_one_key_from_many_threads_is_one_request(home: House, make: Any) -> None:
    path, body, other, who, kind = make(home)
    key, size = secrets.token_hex(8), len(home.world.entries())
    answers: list[Answer] = at_once(
        [partial(home.world.ask, "POST", path, body, who=who, key=key)] * THREADS)
    assert Counter(one.status for one in answers) == {201: THREADS}, Counter(one.body for one in answers)
    assert all(without_proof(one) == without_proof(answers[0]) for one in answers)
    made = [one for one in home.world.entries()[size:] if one["entry"]["kind"] == kind]
    assert [one["index"] for one in made] == [answers[0].json["log_index"]]
    if other != body:
        conflicts = at_once([partial(home.world.ask, "POST", path, other, who=who, key=key)] * 4)
        assert {(one.status, one.code) for one in conflicts} == {(409, "idempotency-conflict")}
    assert without_proof(home.world.ask("POST", path, body, who=who, key=key)) == without_proof(answers[0])


def test_two_bodies_under_one_key_at_once_are_one_result_and_a_conflict(home: House) -> None:
    path, body, other, who, kind = a_denial(home)
    key, size = secrets.token_hex(8), len(home.world.entries())
    answers: list[Answer] = at_once([
        partial(home.world.ask, "POST", path, one, who=who, key=key) for one in (body, other) * (THREADS // 2)])
    assert Counter(one.status for one in answers) == {201: THREADS // 2, 409: THREADS // 2}
    assert len({one.json["lookup"] for one in answers if one.status == 201}) == 1
    assert [one["entry"]["kind"] for one in home.world.entries()[size:]].count(kind) == 1
