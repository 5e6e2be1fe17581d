"""P7: a sign of life always wins, over somebody who is unreachable by every rule and approved."""

from __future__ import annotations

import os

import pytest

from registry.model.ids import new_id
from registry.model.times import SECOND
from tests.promises.office import Office
from tests.promises.test_p7_evidence import ANSWERED, NEVER, Attack, dial, old
from tests.world import Person


def as_failure_first(office: Office, person: Person) -> None:
    data = office.data(person, cause={"status": "rang-out"}, ring_seconds=30)
    office.send(data)
    office.send({**data, "cause": ANSWERED})


def on_a_removed_channel(office: Office, person: Person) -> None:
    office.world.append("channel-removed/1", {
        "channel": person.channels["voice"], "borrower": person.borrower}, office.world.lender)
    office.dial(person, cause=ANSWERED)


def fourth_of_the_day(office: Office, person: Person) -> None:
    for hour in (12, 13, 14):
        office.later(0, f"{hour}:00")
        office.dial(person)
    office.later(0, "15:00")
    office.dial(person, cause=ANSWERED)


def answered(attack: Attack) -> Attack:
    """The same bad evidence, but of somebody who answered."""
    def turned(office: Office, person: Person) -> object:
        data = office.data
        office.data = lambda who, **changes: data(who, **changes | {"cause": ANSWERED})  # type: ignore[method-assign]
        return attack(office, person)
    return turned


LATE_OR_BAD = (
    "backdated: began 16 minutes before it was signed", "backdated: began 25 hours ago", "backdated: began last year",
    "began two minutes from now", "after a gap in the sequence", "from the agency's own account",
    "from a lender's account with a shared secret", "from an account whose body nobody signs",
    "to the borrower's place of work", "to a shared telephone", "at 07:59", "at 21:00", "at 03:00",
)
LIFE: dict[str, Attack] = {name: answered(NEVER[name]) for name in LATE_OR_BAD} | {
    "answered": dial(cause=ANSWERED),
    "hung up by the callee": dial(cause={"q850": 21, "hangup_by": "callee"}),
    "a later answer for a dial that had failed": as_failure_first,
    "under another attempt's number": lambda o, p: o.dial(p, seq=1, cause=ANSWERED),
    "under another borrower's attempt": lambda o, p: old(
        o, o.tried, seq=o.data(p)["seq"], cause=ANSWERED, to=p.number, account=p.account, began_at=o.ago(SECOND)),
    "on a channel that the lender removed": on_a_removed_channel,
    "the fourth dial of the day": fourth_of_the_day,
    "an inbound call that nobody took": lambda o, p: o.dial(
        p, direction="inbound", to="+8610000009999", cause={"status": "failed"}, **{"from": p.number}),
    "a reply to a message": dial(medium="sms", cause={"status": "replied"}),
    "an unsubscription": dial(medium="email", cause={"status": "unsubscribed"}),
    "two causes, one of a reach": dial(cause={"q850": 20, "status": "answered-person"}),
    "with no account, or another's": dial(account=new_id(os.urandom), cause=ANSWERED),
}


def test_without_a_sign_of_life_the_number_leaves(office: Office) -> None:
    assert office.codes_now(office.ready) == []


@pytest.mark.parametrize("name", LIFE)
def test_a_sign_of_life_wins_however_late_or_badly_attested(office: Office, name: str) -> None:
    person = office.ready
    permit = office.world.lookup(person, key="first") if name == "answered" else None
    LIFE[name](office, person)
    answer = office.world.lookup(person)
    assert "release" not in answer
    assert {"sign-of-life", "borrower-refuses"} & set(office.world.codes(answer))
    if permit is not None:
        assert "release" in permit
        assert "release" not in office.world.lookup(person, key="first"), "nor again under the old key"
