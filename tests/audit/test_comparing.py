"""A draft of a pack is tried on what was logged: which decisions change, which dials, how long releases wait."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import pytest

from registry.audit import part
from registry.audit.comparing import compare
from registry.audit.part import Part
from registry.audit.spool import Spool
from registry.audit.waiting import OwnReadings, Waiting
from registry.errors import MalformedError
from registry.model.briefs import Brief
from registry.model.entries import Actor, Draft, Entry, leaf
from registry.model.times import DAY, HOUR, MINUTE, date_of, stamp
from registry.policy import Decision, Facts, Pack, Readings, read_pack
from registry.policy.facts.notes import Notes
from registry.reporting.numbers import Period
from registry.shipped import shipped_packs
from tests.policy.world import DIGEST, OFFSET, START, ZONE, Case, World, ident

Change = Callable[[str], str]


def text_of(name: str = "cn", **values: object) -> str:
    """A shipped pack's text as a draft; `values`: by parameter's name with `__` for a dot, as TOML."""
    text = re.sub(r'^version = "\d+"', 'version = "900"', shipped_packs()[name].text, count=1, flags=re.MULTILINE)
    for key, value in values.items():
        section = re.escape(f'[parameters."{key.replace("__", ".")}"]')
        text, count = re.subn(rf"({section}\s*\nvalue = )[^\n]*", rf"\g<1>{value}", text, count=1)
        assert count == 1, key
    return text


def draft(name: str = "cn", **values: object) -> Pack:
    return read_pack(text_of(name, **values))


class Told:
    """A log that is asked: every question becomes the entry that the vault would have made."""

    def __init__(self, world: World) -> None:
        self.world, self.asked = world, 0

    def ask(self, case: Case, at: int = START, **changes: Any) -> str:
        """A lookup, decided and logged. The verdict."""
        self.asked += 1
        lookup = ident(f"lookup {self.asked}")
        facts, decision = self.world.judge(case, at, lookup=lookup, **changes)
        body: dict[str, Any] = {
            "lookup": lookup, "account": case.account, "client": self.world.agency, "agent": "A-17",
            "about": "contact", "purpose": "restore-contact", "mode": "number", **changes,
            "verdict": decision.verdict, "reasons": list(decision.codes), "system": [], "rules": "2",
            "packs": [one.value() for one in decision.packs], "as_of": 0,
            "offsets": [{"zone": ZONE, "minutes": OFFSET}], "borrower": facts.borrower, "lender": facts.lender,
            "contact": decision.contact, "line": decision.line, "approval": decision.approval,
            "local_date": facts.local_date,
            "expires_at": None if decision.expires_at is None else stamp(decision.expires_at),
        }
        found = {name: value for name, value in body.items() if value is not None}
        self.world.add(at, "lookup-decided/1", found, Actor("vault"), entry=lookup)
        return decision.verdict

    def leaves(self) -> list[bytes]:
        found = []
        for entry in self.world.log():
            body = {**entry.body, "as_of": entry.index} if entry.kind == "lookup-decided/1" else entry.body
            found.append(leaf(Draft(entry.id, entry.kind, entry.by, body, entry.auth), entry.at))
        return found

    def compare(self, pack: Pack, **options: Any) -> dict[str, Any]:
        return compare(self.leaves(), pack, **options).value()


@pytest.fixture
def told() -> Told:
    return Told(World())


def reasons(found: dict[str, Any], effect: str = "added") -> dict[str, int]:
    return {one["reason"]: one["count"] for one in found["reasons"] if one["effect"] == effect}


def test_the_pack_in_force_changes_nothing(told: Told) -> None:
    case = told.world.unreachable()
    assert told.ask(case) == "permit"
    found = told.compare(shipped_packs()["cn"].pack)
    assert (found["decisions"], found["changed"], found["reasons"]) == (1, 0, [])
    assert found["attempts"]["judged"] > 0
    assert found["attempts"]["newly_unlawful"] == 0


def test_a_stricter_pack_says_which_permits_it_would_have_refused_and_why(told: Told) -> None:
    case = told.world.unreachable()
    assert told.ask(case) == "permit"
    found = told.compare(draft(unreachable__span_days=40))
    assert found["changes"] == {"permit-deny": 1, "deny-permit": 0, "reasons": 0}
    assert "span-too-short" in reasons(found)
    assert found["replaces"]["name"] == "cn"
    assert found["draft"]["version"] == "900"
    (one,) = found["examples"]
    assert (one["before"], one["change"]) == ([], "permit-deny")
    assert [row["permit-deny"] for row in found["agencies"]] == [1]


def test_a_looser_pack_says_which_denials_it_would_have_permitted(told: Told) -> None:
    case = told.world.unreachable()
    told.world.drop("approval-given/1")
    assert told.ask(case) == "deny"
    found = told.compare(draft(unreachable__unresponsive_approvals=0, release__approvals=0))
    assert found["changes"] == {"permit-deny": 0, "deny-permit": 1, "reasons": 0}
    assert reasons(found, "gone") == {"approval-missing": 1}


def test_a_denial_may_have_other_reasons(told: Told) -> None:
    case = told.world.unreachable()
    told.world.drop("approval-given/1")
    told.ask(case)
    found = told.compare(draft(account__min_days_past_due=400))
    assert found["changes"] == {"permit-deny": 0, "deny-permit": 0, "reasons": 1}
    assert reasons(found) == {"account-not-overdue-enough": 1}


def test_the_draft_of_a_pack_that_is_not_in_force_stands_beside_the_others(told: Told) -> None:
    case = told.world.unreachable()
    told.ask(case)
    found = told.compare(draft("us"))
    assert "replaces" not in found
    assert found["changed"] == 0, "nobody here lives in, calls or borrows from the United States"


def test_a_stricter_floor_holds_for_everybody(told: Told) -> None:
    case = told.world.unreachable()
    told.ask(case)
    assert told.compare(draft("floor", account__min_days_past_due=400))["changes"]["permit-deny"] == 1


def test_only_the_period_is_compared_and_a_period_ends_after_it_begins(told: Told) -> None:
    case = told.world.unreachable()
    told.ask(case)
    day = date.fromisoformat(date_of(START // DAY))
    strict = draft(account__min_days_past_due=400)
    assert told.compare(strict, days=(day, day))["changed"] == 1
    assert told.compare(strict, days=(date(2020, 1, 1), date(2020, 1, 2)))["decisions"] == 0
    with pytest.raises(MalformedError):
        told.compare(strict, days=(day, date(2020, 1, 1)))


def test_attempts_that_the_draft_makes_unlawful_are_counted_by_agency(told: Told) -> None:
    case = told.world.unreachable()
    told.ask(case)
    found = told.compare(draft(hours__borrower='["10:00", "19:00"]'))
    assert found["attempts"]["unlawful"] == 0
    assert found["attempts"]["newly_unlawful"] > 0
    assert found["agencies"][0]["newly_unlawful"] == found["attempts"]["newly_unlawful"]
    assert "attempt-unlawful" in reasons(found)


# How long releases would have waited


def test_the_log_itself_says_when_a_longer_grace_would_have_been_over(told: Told) -> None:
    case = told.world.unreachable()
    assert told.ask(case) == "permit"
    later = START + 5 * DAY
    told.world.add(later, "feed-complete/1", {
        "lender": told.world.lender, "feed": "payments", "complete_through": stamp(later)})
    found = told.compare(draft(notice__grace_days=9))
    assert reasons(found) == {"notice-running": 1}
    waits = found["waits"]
    assert (waits["releases"], waits["by_log"], waits["at_least"]) == (1, 1, 0)
    assert waits["days"] == [{"days": 1, "known": "by-log", "count": 1}], "until the afternoon of the same day"


def test_where_nobody_went_on_dialling_there_is_only_a_least(told: Told) -> None:
    case = told.world.unreachable()
    told.ask(case)
    waits = told.compare(draft(unreachable__span_days=20))["waits"]
    assert (waits["at_least"], waits["by_log"], waits["not_by_waiting"]) == (1, 0, 0)
    assert waits["median_days"] == 7, "an attempt after the notice made the span long enough: a new one has its days"


def test_of_releases_asked_for_again_only_so_many_are_kept_in_mind_and_none_that_time_does_not_help() -> None:
    own = OwnReadings(most=2)
    first, second = own.of("a"), own.of("b")
    assert own.of("a") is first
    own.of("c")
    assert len(own) == 2
    assert own.of("a") is first
    assert own.of("b") is not second, "it was asked for longest ago"
    own.drop("a")
    own.drop("z")
    assert len(own) == 1


def alone(told: Told, pack: Pack, at: int = START) -> Part:
    """The whole log, judged as one part up to its end."""
    with Spool() as spool:
        spool.fill(told.leaves())
        period = Period(*(date.fromisoformat(date_of(one // DAY)) for one in (START, at)))
        one = Part(pack, period, persons=spool.persons, part_of=spool.parts(10**6), place=0,
                   providers=spool.providers)
        one.run(spool.records(spool.parts(10**6), 0), lambda _: None)
    return one


def test_however_much_is_logged_of_a_waiting_release_it_is_noted_once(told: Told) -> None:
    case = told.world.unreachable()
    told.ask(case)
    for minute in range(20):  # long before the nine days of grace are over
        told.world.attempt(case, at=START + HOUR + minute * MINUTE)
    one = alone(told, draft(notice__grace_days=9))
    waiting = [each for many in one._waiting.values() for each in many]
    assert len(waiting) == len(one._due) == 1
    held = {type(getattr(waiting[0], name)) for name in Waiting.__slots__}  # type: ignore[attr-defined]
    assert not held & {Facts, Decision}, "a long period has many: what each was refused by goes"


def test_notes_are_kept_of_so_many_entries_only_and_the_answer_is_the_same(
    told: Told, monkeypatch: pytest.MonkeyPatch,
) -> None:
    cases = [told.world.unreachable(f"person {number}") for number in range(4)]
    for hour in range(3):
        for case in cases:
            told.ask(case, START + hour * HOUR)
    strict, most = draft(unreachable__span_days=40), 100
    kept: list[int] = []
    of = Readings.of

    def watched(self: Readings, borrower: str, entries: Sequence[Entry], attempts: Sequence[Brief]) -> Notes:
        found = of(self, borrower, entries, attempts)
        kept.append(self._count)
        return found

    monkeypatch.setattr(Readings, "of", watched)
    whole = told.compare(strict)
    assert whole["decisions"] == 12
    assert max(kept) > most
    kept.clear()
    monkeypatch.setattr(part, "MOST_NOTED", most)
    assert told.compare(strict) == whole
    assert max(kept) <= most


def test_what_no_time_brings_is_said_to_be_so(told: Told) -> None:
    case = told.world.unreachable()
    told.ask(case)
    waits = told.compare(draft(release_modes="[]"))["waits"]
    assert (waits["releases"], waits["not_by_waiting"]) == (1, 1)
    assert "median_days" not in waits


# The log in parts


def test_a_log_judged_in_parts_by_several_processes_says_the_same(told: Told) -> None:
    cases = [told.world.unreachable(f"person {number}") for number in range(4)]
    for place, case in enumerate(cases):
        told.ask(case, START + place * HOUR)
    strict = draft(unreachable__span_days=40)
    whole = told.compare(strict)
    assert whole["changes"]["permit-deny"] == 4
    assert told.compare(strict, most=40, processes=2) == whole


def test_people_who_share_a_line_are_judged_in_one_part(told: Told) -> None:
    cases = [told.world.unreachable(f"person {number}") for number in range(3)]
    first, second = cases[0], cases[1]
    told.world.add(START - 100 * DAY, "channel-added/1", {
        "borrower": second.borrower, "channel": ident("shared"), "line": first.lines["voice"], "medium": "voice",
        "use": "shared", "region": "CN", "zones": [ZONE],
        "blob_sha256": DIGEST})
    with Spool() as spool:
        spool.fill(told.leaves())
        split = spool.parts(20)
        place = {one: split[spool.persons[one]] for one in (case.borrower for case in cases)}
    assert place[first.borrower] == place[second.borrower]
    assert len(set(split)) > 1


def test_a_leaf_that_is_no_entry_is_named(told: Told) -> None:
    with pytest.raises(MalformedError, match="entry 1 "):
        compare([told.leaves()[0], b'{"kind":"placed/1"}'], draft())


def test_progress_goes_from_nothing_to_all(told: Told) -> None:
    seen: list[tuple[int, int]] = []
    told.world.unreachable()
    leaves = told.leaves()
    compare(leaves, draft(), progress=lambda done, total: seen.append((done, total)))
    assert seen[0] == (0, 0)
    assert seen[-1] == (2 * len(leaves), 2 * len(leaves))
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
