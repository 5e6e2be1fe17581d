"""What puts a reason right, so that whoever presses for a number gets one again unless it is gone for good."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from registry.model.entries import Actor
from registry.model.ids import new_id
from registry.model.times import DAY, date_of, stamp
from tests.promises.machine.town import PLAN, Dial, Town, told_of_it
from tests.world import Person

Notice = Callable[[Town, Person], None]


@dataclass(slots=True)
class Case:
    """Somebody pressed for: how his next effort is made, and what became of the last lookup."""

    town: Town
    person: Person
    plan: Sequence[Dial] = tuple(PLAN)
    notice: Notice = told_of_it
    asks: Mapping[str, str] = field(default_factory=dict)  # what differs from asking for the contact's number
    answer: Mapping[str, Any] = field(default_factory=dict)
    last: bool = False  # an effort was made already: what it lacks is meant


Cure = Callable[[Case], None]
TRIES = 9


def presses(case: Case, *, until: Sequence[str] = ()) -> list[str]:
    """Asks and puts right what was missing, again and again. Returns the reasons that are left; none for a permit.

    `until`: reasons that are left alone: with all others gone, it ends there.
    """
    codes: list[str] = []
    for _ in range(TRIES):
        case.answer = case.town.lookup(case.person, **case.asks)
        body = case.town.entry(case.answer["lookup"]).body
        codes = [*body["reasons"], *body["system"]]
        cures = list(dict.fromkeys(CURES[one] for one in codes if one in CURES and one not in until))
        if case.last:
            cures = [one for one in cures if one not in (_tries, _waits_after_refusal, _new_notice)]
        elif _tries in cures:
            cures = [one for one in cures if one not in (_new_notice, _once_more)]
        if not cures or set(codes) & FOR_EVER:
            return codes
        # Time passes for everybody: what has to last is put right after what takes long.
        for cure in sorted(cures, key=ORDER.index):
            cure(case)
    return codes


def _resumes(case: Case) -> None:
    case.town.officers_say("releases-resumed/1", {})


def _takes_up(case: Case) -> None:
    """Where the provider is suspended: what it says from now on is believed."""
    case.town.officers_say("provider-resumed/1", {"provider": case.town.provider})


def _approves_agency(case: Case) -> None:
    town = case.town
    town.officers_say("agency-approved/1", {
        "agency": town.agency.id, "lender": town.lender.id, "role": "entrusted",
        "until": stamp(town.clock.at + 300 * DAY)}, officers=2)


def _feeds(case: Case) -> None:
    case.town.feeds()


def _reports(case: Case) -> None:
    """Tells what became of every number that is open."""
    town = case.town
    told = {one.body["lookup"] for one in town.entries("outcome-reported/1")}
    for one in town.entries("lookup-decided/1"):
        if one.body["verdict"] == "permit" and one.id not in told and one.body["client"] == town.agency.id:
            town.tries_to("outcome", by=town.agency.value(), lookup=one.id, outcome="no-answer",
                          at=stamp(town.clock.at), agent="agent-17")


def _places(case: Case) -> None:
    case.town.places(case.person)


def _opens_account(case: Case) -> None:
    town, today = case.town, case.town.local_today()
    town.says("account-changed/1", {
        "account": case.person.account, "borrower": case.person.borrower, "state": "open",
        "due_since": date_of(today - 90), "limitation_until": date_of(today + 600), "as_of": date_of(today),
    }, town.lender)


def _borrower_agrees(case: Case) -> None:
    case.town.agrees(case.person, "borrower")


def _contact_agrees(case: Case) -> None:
    case.town.send_all()
    case.town.agrees(case.person, "contact")


def _another_contact(case: Case) -> None:
    town, person = case.town, case.person
    number = f"+86100001{new_number():04d}"
    made = town.tries_to(
        "register-contact", by=town.lender.value(), id=new_id(os.urandom), borrower=person.borrower, name="Wang Wu",
        relation="friend", number=number, languages=["zh-CN"], rank=1)
    if made is not None:
        person.contact, person.contact_number = made["contact"], number
        _contact_agrees(case)


def _lifts(case: Case) -> None:
    town, mine = case.town, case.person.borrower
    lifted = {one.body["hold"] for one in town.entries("hold-lifted/1")}
    for one in town.entries():
        outcome = one.kind == "outcome-reported/1" and one.body["outcome"] in ("distress", "deceased")
        if (outcome or one.kind == "hold-placed/1") and one.body["borrower"] == mine and one.id not in lifted:
            town.officers_say("hold-lifted/1", {"hold": one.id, "borrower": mine})


def _settles(case: Case) -> None:
    """Every complaint there is: one by whoever holds a line may be about another borrower."""
    town = case.town
    settled = {one.body["complaint"] for one in town.entries("complaint-settled/1")}
    for one in town.entries("complaint-filed/1"):
        if one.id not in settled:
            line = {"line": one.body["line"]} if "line" in one.body else {}
            town.officers_say("complaint-settled/1", {
                "complaint": one.id, "borrower": one.body["borrower"], "verdict": "not-upheld", "remedy": "none",
                **line})


def _lifts_and_settles(case: Case) -> None:
    _lifts(case)
    _settles(case)


def _waits_for_callback(case: Case) -> None:
    ends = [one.body["until"] for one in case.town.entries("callback-offered/1")
            if one.body["borrower"] == case.person.borrower]
    while ends and stamp(case.town.clock.at) <= max(ends):
        case.town.next(1)
        ends = ends if case.town.clock.at < 2**41 else []


def _waits_for_morning(case: Case) -> None:
    case.town.next(1)


def _waits_a_little(case: Case) -> None:
    case.town.next(3)


def _approves(case: Case) -> None:
    if "approval" in case.answer:
        case.town.officers_say("approval-given/1", {
            "approval": case.answer["approval"], "borrower": case.person.borrower})


def _tries(case: Case) -> None:
    case.town.effort(case.person, list(case.plan), case.notice)
    case.last = True


def _waits_after_refusal(case: Case) -> None:
    case.town.next(31)


def _new_notice(case: Case) -> None:
    case.notice(case.town, case.person)
    case.town.next(2)


def _once_more(case: Case) -> None:
    case.town.tried(case.person, "voice")


def _accepts_gaps(case: Case) -> None:
    town = case.town
    provider = town.vault.desk.directory.providers[town.provider]
    for first, last in provider.sequence.gaps():
        town.officers_say("provider-gap-accepted/1", {
            "provider": town.provider, "from_seq": first, "through_seq": last})


def _cancels_erasure(case: Case) -> None:
    for subject, role in ((case.person.contact, "contact"), (case.person.borrower, "borrower")):
        case.town.officers_say("erasure-cancelled/1", {
            "subject": subject, "role": role, "borrower": case.person.borrower})


_drawn = [0]


def new_number() -> int:
    """A number that nobody here has yet."""
    _drawn[0] = (_drawn[0] + 1) % 9000
    return _drawn[0]


EFFORT = (
    "channels-incomplete", "attempts-too-few", "days-too-few", "dayparts-too-few", "span-too-short", "sign-of-life",
)
NEEDS_SOMEBODY_ELSE = (
    "contact-refused", "contact-line-dead", "contact-objected", "contact-minor", "contact-wrong-person",
    "contact-is-borrower", "no-contact", "line-cap", "line-cooldown", "contact-consent-withdrawn",
    "language-missing", "pack-missing", "line-message-cap",
)
# An officer may lift or cancel them, but nobody presses on.
FOR_EVER = frozenset({"case-cap", "borrower-consent-withdrawn", "notice-impossible", "no-channel", "caller-unknown"})
CURES: dict[str, Cure] = {
    "releases-stopped": _resumes, "attempt-not-attested": _takes_up, "feed-stale": _feeds,
    "outcome-overdue": _reports,
    "account-not-placed": _places, "callback-offered": _waits_for_callback, "outside-hours": _waits_for_morning,
    "approval-missing": _approves, "borrower-refuses": _waits_after_refusal, "attempts-stale": _once_more,
    "reached-recently": _waits_a_little, "attempt-sequence-gap": _accepts_gaps, "contact-erased": _cancels_erasure,
    "contact-not-informed": _contact_agrees,
    **dict.fromkeys(("agency-suspended", "agency-not-approved", "agency-approval-lapsed"), _approves_agency),
    **dict.fromkeys(("account-not-open", "account-not-overdue-enough", "account-time-barred"), _opens_account),
    **dict.fromkeys((f"borrower-consent-{why}" for why in ("absent", "expired", "scope", "grantee")),
                    _borrower_agrees),
    **dict.fromkeys((f"contact-consent-{why}" for why in ("absent", "expired", "scope", "grantee")),
                    _contact_agrees),
    **dict.fromkeys((f"hold-{kind}" for kind in (
        "attorney", "dispute", "insolvency", "moratorium", "vulnerability", "cease", "deceased", "incapacitated")),
        _lifts), "hold-complaint": _lifts_and_settles,
    **dict.fromkeys(NEEDS_SOMEBODY_ELSE, _another_contact),
    **dict.fromkeys(EFFORT, _tries),
    **dict.fromkeys(("notice-missing", "notice-incomplete", "notice-running"), _new_notice),
}
ORDER: tuple[Cure, ...] = (
    _resumes, _takes_up, _lifts, _lifts_and_settles, _cancels_erasure, _accepts_gaps, _waits_for_callback,
    _waits_after_refusal, _places, _approves_agency, _opens_account, _tries, _new_notice, _once_more,
    _waits_a_little, _borrower_agrees, _another_contact, _contact_agrees, _reports, _waits_for_morning, _feeds,
    _approves,
)


def anybody(town: Town, person: Person) -> tuple[Actor, ...]:
    """Those who may tighten for this borrower."""
    return (town.lender, town.agency, Actor("borrower", person.borrower), Actor("officer", town.officers[0].id))
