"""Consents, contacts, lines, approvals, caller and account: each rule broken alone, and at its edge."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from registry.model.entries import Actor
from registry.model.times import DAY, HOUR, MINUTE, SECOND, stamp
from tests.policy.world import START, ZONE, Case, World, ident, other, when

Break = Callable[[World, Case], None]


def broken(change: Break, **options: object) -> tuple[World, Case]:
    world = World()
    case = world.unreachable(**options)  # type: ignore[arg-type]
    change(world, case)
    return world, case


def withdraws(giver: str, through: str = "lender", act: str = "withdrawn") -> Break:
    def change(world: World, case: Case) -> None:
        consent = ident(f"{case.name}-{giver}-consent-{when(-120)}")
        world.withdraw(case, giver, consent, when(0, "09:20"), through=through, act=act)

    return change


def outcome(kind: str) -> Break:
    """Somebody reports that of an earlier number of the same line, in another borrower's case."""
    def change(world: World, case: Case) -> None:
        another = world.person("another")
        shared = other(another, contact_line=case.contact_line)
        lookup = world.permit(shared, when(-95))
        world.outcome(shared, lookup, when(-95, "11:00"), kind)

    return change


def own_outcome(kind: str) -> Break:
    def change(world: World, case: Case) -> None:
        another_contact = other(case, contact=ident("second"), contact_line=ident("second-line"))
        world.outcome(another_contact, ident("of long ago"), when(-95, "11:00"), kind)

    return change


def hold(kind: str, **extra: object) -> Break:
    return lambda world, case: (world.hold(case, kind, when(0, "09:20"), **extra), None)[1]  # type: ignore[arg-type]


def erased(subject: str, role: str) -> Break:
    def change(world: World, case: Case) -> None:
        world.add(when(0, "09:20"), "erasure-requested/1", {
            "subject": getattr(case, subject), "role": role, "borrower": case.borrower,
        })

    return change


def suspends(party: str) -> Break:
    return lambda world, _case: (world.add(when(0, "09:20"), "party-suspended/1", {"party": getattr(world, party)}),
                                 None)[1]


def callback(world: World, case: Case) -> None:
    world.add(when(-24), "callback-offered/1", {
        "borrower": case.borrower, "until": stamp(START), "windows": ["18:00-20:00"],
    }, Actor("borrower", case.borrower))


def account(**changes: object) -> Break:
    return lambda world, case: (world.add(when(-24), "account-changed/1", {
        "account": case.account, "borrower": case.borrower, "as_of": "2026-05-08", **changes,
    }), None)[1]


def objected(world: World, case: Case) -> None:
    """As a contact of somebody else, long ago: it holds for every agency, for ever."""
    world.add(when(-300), "objected/1", {
        "line": case.contact_line, "contact": ident("x"), "borrower": ident("y"), "through": "link",
    }, Actor("contact", ident("x")))


def stops(world: World, _case: Case) -> None:
    world.add(when(0, "09:20"), "releases-stopped/1", {})


def own_line_is_the_contacts(world: World, case: Case) -> None:
    world.channel(when(-100), case.borrower, "sms", "own", line=case.contact_line, use="work")


ALONE: list[tuple[str, Break, tuple[str, ...]]] = [
    ("borrower withdraws through the lender", withdraws("borrower"), ("borrower-consent-withdrawn",)),
    ("contact withdraws", withdraws("contact"), ("contact-consent-withdrawn",)),
    ("contact refused long after agreeing", withdraws("contact", act="refused"), ("contact-refused",)),
    ("objected as somebody else's contact", objected, ("contact-objected",)),
    ("said no on the telephone", outcome("refused"), ("contact-objected",)),
    ("a minor answered", outcome("minor"), ("contact-minor",)),
    ("a stranger answered", outcome("wrong-person"), ("contact-wrong-person",)),
    ("the number is dead", outcome("number-dead"), ("contact-line-dead",)),
    ("the borrower is in distress", own_outcome("distress"), ("hold-vulnerability",)),
    ("the borrower died", own_outcome("deceased"), ("hold-deceased",)),
    ("contact asked to be erased", erased("contact", "contact"), ("contact-erased",)),
    ("borrower asked to be erased", erased("borrower", "borrower"), ("account-not-placed",)),
    ("attorney", hold("attorney"), ("hold-attorney",)),
    ("insolvency on another account", hold("insolvency", account=ident("z")), ("hold-insolvency",)),
    ("cease", hold("cease"), ("hold-cease",)),
    ("agency suspended", suspends("agency"), ("agency-suspended",)),
    ("lender suspended", suspends("lender"), ("agency-suspended",)),
    ("stopped", stops, ("releases-stopped",)),
    ("account closed", account(state="closed"), ("account-not-open",)),
    ("limitation over", account(limitation_until="2026-05-31"), ("account-time-barred",)),
    ("contact's line is the borrower's own", own_line_is_the_contacts, ("contact-is-borrower",)),
    ("callback offered", callback, ("callback-offered",)),
]


@pytest.mark.parametrize(("change", "codes"), [(one[1], one[2]) for one in ALONE], ids=[one[0] for one in ALONE])
def test_each_condition_broken_alone_is_the_only_reason(change: Break, codes: tuple[str, ...]) -> None:
    world, case = broken(change)
    assert world.ask(case).codes == codes


@pytest.mark.parametrize("kind", ["relayed", "will-relay", "no-answer", "gave-channel"])
def test_harmless_outcomes_of_another_case_change_nothing(kind: str) -> None:
    world, case = broken(outcome(kind))
    assert world.ask(case).verdict == "permit"


def test_a_dispute_on_another_account_bars_nothing_here() -> None:
    world, case = broken(hold("dispute", account=ident("another-account")))
    assert world.ask(case).verdict == "permit"


def offers(world: World, case: Case, at: int, role: str, until: int) -> None:
    world.add(at, "callback-offered/1", {
        "borrower": case.borrower, "until": stamp(until), "windows": ["18:00-20:00"],
    }, Actor(role, {"borrower": case.borrower, "agency": world.agency, "lender": world.lender}[role]))


@pytest.mark.parametrize(("first", "second", "open_"), [
    ("borrower", "agency", True), ("borrower", "lender", True), ("lender", "agency", True),
    ("borrower", "borrower", False), ("lender", "borrower", False), ("lender", "lender", False),
])
def test_nobody_but_who_made_a_callback_offer_or_the_borrower_ends_it(first: str, second: str, open_: bool) -> None:
    world, case = broken(lambda world, case: offers(world, case, when(-25), first, START + DAY))
    offers(world, case, when(-24), second, when(-24))
    assert world.ask(case).codes == (("callback-offered",) if open_ else ())


def test_an_offer_that_stays_open_longer_replaces_anybodys() -> None:
    world, case = broken(lambda world, case: offers(world, case, when(-25), "borrower", when(-20)))
    offers(world, case, when(-24), "agency", START)
    assert world.ask(case).codes == ("callback-offered",)


def test_an_officer_lifts_a_hold_also_one_that_an_outcome_brought() -> None:
    world, case = broken(own_outcome("distress"))
    hold_id = next(one.id for one in world.log() if one.kind == "outcome-reported/1")
    world.add(when(0, "09:30"), "hold-lifted/1", {"hold": hold_id, "borrower": case.borrower},
              Actor("officer", world.officer), [world.officer])
    assert world.ask(case).verdict == "permit"


def test_a_borrower_who_withdraws_himself_also_shows_life() -> None:
    world, case = broken(withdraws("borrower", through="link"))
    assert world.ask(case).codes[:2] == ("borrower-consent-withdrawn", "sign-of-life")


def test_after_a_withdrawal_a_lenders_record_restores_nothing_but_the_borrowers_own_code_does() -> None:
    world, case = broken(withdraws("borrower"))
    world.consent(case, "borrower", when(0, "09:30"))
    assert world.ask(case).codes == ("borrower-consent-withdrawn",)
    world.consent(case, "borrower", when(0, "09:40"), assurance="code", by=Actor("borrower", case.borrower))
    assert "borrower-consent-withdrawn" not in world.ask(case).codes


def test_a_withdrawal_ends_a_second_record_of_the_same_consent_too() -> None:
    world = World()
    case = world.unreachable()
    world.consent(case, "borrower", when(-119))
    withdraws("borrower")(world, case)
    assert world.ask(case).codes == ("borrower-consent-withdrawn",)


def test_a_contact_who_refused_and_then_agreed_by_code_may_be_asked() -> None:
    world = World()
    case = world.unreachable(contact=False)
    world.withdraw(case, "contact", ident("invitation"), when(-100), through="link", act="refused")
    assert world.ask(case).codes == ("contact-refused",)
    world.consent(case, "contact", when(-90))
    assert world.ask(case).verdict == "permit"


SCOPES: list[tuple[str, dict[str, object], str]] = [
    ("purpose", {"scope": {"purposes": ["relay-message"]}}, "scope"),
    ("mode", {"scope": {"modes": ["message"]}}, "scope"),
    ("account", {"account": ident("another")}, "scope"),
    ("separate", {"separate": False}, "scope"),
    ("lender", {"lender": ident("another-lender")}, "scope"),
    ("grantee role", {"scope": {"grantee": {"role": "independent"}}}, "grantee"),
    ("grantee is the lender alone", {"scope": {"grantee": {"role": "lender"}}}, "grantee"),
    ("grantee party", {"scope": {"grantee": {"role": "entrusted", "party": ident("rival")}}}, "grantee"),
    ("expired", {"expires_at": stamp(START - 1)}, "expired"),
]


@pytest.mark.parametrize("giver", ["borrower", "contact"])
@pytest.mark.parametrize(("changes", "flaw"), [one[1:] for one in SCOPES], ids=[one[0] for one in SCOPES])
def test_a_consent_that_does_not_cover_the_question_says_which_way(
    giver: str, changes: dict[str, object], flaw: str,
) -> None:
    world = World()
    case = world.unreachable(**{giver: False})  # type: ignore[arg-type]
    world.consent(case, giver, **changes)  # type: ignore[arg-type]
    assert world.ask(case).codes == (f"{giver}-consent-{flaw}",)


def test_a_consent_to_exactly_this_agency_covers_it() -> None:
    world = World()
    case = world.unreachable(contact=False)
    world.consent(case, "contact", scope={"grantee": {"role": "entrusted", "party": world.agency}})
    assert world.ask(case).verdict == "permit"


def test_consents_end_on_the_millisecond_and_after_a_year_by_the_registrys_stamp() -> None:
    world = World()
    case = world.unreachable(contact=False)
    world.consent(case, "contact", expires_at=stamp(START))
    assert world.ask(case).verdict == "permit"
    assert world.ask(case, START + 1).codes == ("contact-consent-expired",)
    world = World()
    case = world.unreachable(borrower=False)
    world.consent(case, "borrower", START - 365 * DAY, expires_at=stamp(START + DAY))
    assert world.ask(case).verdict == "permit"
    assert world.ask(case, START + 1).codes == ("borrower-consent-expired",)


def test_a_contacts_recorded_consent_is_not_enough_and_another_lines_neither() -> None:
    for changes, flaw in (({"assurance": "recorded"}, "assurance"), ({"line": ident("old-number")}, "scope")):
        world = World()
        case = world.unreachable(contact=False)
        world.consent(case, "contact", **changes)  # type: ignore[arg-type]
        assert world.ask(case).codes == (f"contact-consent-{flaw}",)


def test_the_best_of_several_consents_is_judged() -> None:
    world = World()
    case = world.unreachable(contact=False)
    world.consent(case, "contact", when(-110), scope={"modes": ["message"]})
    world.consent(case, "contact", when(-100))
    world.consent(case, "contact", when(-90), scope={"purposes": ["relay-message"], "grantee": {"role": "lender"}})
    assert world.ask(case).verdict == "permit"


def test_uses_are_counted_and_given_back_when_an_opening_was_refused() -> None:
    world = World()
    case = world.unreachable()
    lookup = world.permit(case, START + MINUTE, world.ask(case).approval)
    after = START + 3 * MINUTE
    assert {"borrower-consent-scope", "line-cap", "approval-missing"} <= set(world.ask(case, after).codes)
    world.add(START + 2 * MINUTE, "opening-refused/1", {
        "lookup": lookup, "borrower": case.borrower, "line": case.contact_line, "agency": world.agency,
        "reasons": ["hold-dispute"],
    }, Actor("vault"))
    assert world.ask(case, after).verdict == "permit"


def test_the_contact_must_have_been_told_before() -> None:
    world = World()
    case = world.unreachable()
    world.drop("contact-informed/1")
    assert world.ask(case).codes == ("contact-not-informed",)


def test_no_contact_listed_is_no_contact() -> None:
    world = World()
    case = world.unreachable(approved=False, contact=False)
    world.drop("contact-registered/1")
    world.drop("contact-informed/1")
    assert "no-contact" in world.ask(case).codes


def with_second_contact(world: World, case: Case) -> Case:
    contact, line = world.contact(when(-118), case.borrower, case.name, 2)
    second = other(case, contact=contact, contact_line=line)
    world.consent(second, "contact", when(-117), consent=ident("second-consent"))
    world.approve(second, contact=contact)
    return second


def test_the_lowest_rank_for_whom_all_contact_side_rules_hold_is_taken() -> None:
    world = World()
    case = world.unreachable()
    second = with_second_contact(world, case)
    assert world.ask(case).contact == case.contact
    objected(world, case)
    decision = world.ask(case)
    assert (decision.verdict, decision.contact, decision.line) == ("permit", second.contact, second.contact_line)


def test_where_no_contact_will_do_the_lowest_ranks_reasons_are_recorded() -> None:
    world = World()
    case = world.unreachable()
    second = with_second_contact(world, case)
    objected(world, case)
    objected(world, second)
    decision = world.ask(case)
    assert (decision.codes, decision.contact) == (("contact-objected",), case.contact)


def test_a_third_contact_of_one_case_is_above_the_cap() -> None:
    world = World()
    case = world.unreachable()
    for rank in (2, 3):
        contact, line = world.contact(when(-118), case.borrower, case.name, rank)
        used = other(case, contact=contact, contact_line=line)
        lookup = world.permit(used, when(-100 + rank))
        world.outcome(used, lookup, when(-100 + rank, "11:00"), "no-answer")
    assert "case-cap" in world.ask(case).codes


def test_the_line_rests_ninety_days_and_gives_one_number_in_thirty() -> None:
    at = START - 30 * DAY
    world, case = broken(lambda w, c: None)
    another = other(world.person("another"), contact_line=case.contact_line)
    lookup = world.permit(another, at)
    world.outcome(another, lookup, at + HOUR, "no-answer")
    assert world.ask(case).codes == ("line-cooldown",)
    assert world.ask(case, START - 1).codes == ("line-cap", "line-cooldown")
    for gap, codes in ((90 * DAY, ()), (90 * DAY - 1, ("line-cooldown",))):
        world, case = broken(lambda w, c: None)
        another = other(world.person("another"), contact_line=case.contact_line)
        world.outcome(another, world.permit(another, START - gap), START - gap + HOUR, "no-answer")
        assert world.ask(case).codes == codes


def test_one_conversation_in_this_case_is_all() -> None:
    world = World()
    case = world.unreachable()
    contact, _ = world.contact(when(-140), case.borrower, case.name, 2, line=case.contact_line)
    elsewhere = other(case, contact=contact)
    world.outcome(elsewhere, world.permit(elsewhere, START - 100 * DAY), START - 100 * DAY + HOUR, "will-relay")
    assert "line-cap" in world.ask(case).codes


@pytest.mark.parametrize(("age", "valid"), [(24 * HOUR, True), (24 * HOUR + 1, False)])
def test_an_approval_lives_a_day(age: int, valid: bool) -> None:
    world = World()
    case = world.unreachable(approved=False)
    approval = world.approve(case, START - age)
    decision = world.ask(case)
    assert (decision.verdict == "permit") is valid
    assert decision.approval == (approval if valid else None)


@pytest.mark.parametrize("changes", [
    {"client": ident("rival")}, {"account": ident("another")}, {"contact": ident("another")},
    {"purpose": "relay-message"}, {"mode": "message"},
])
def test_an_approval_of_anything_else_approves_nothing(changes: dict[str, str]) -> None:
    world = World()
    case = world.unreachable(approved=False)
    world.approve(case, **changes)  # type: ignore[arg-type]
    assert world.ask(case).codes == ("approval-missing",)


def test_a_waiting_request_is_named_and_a_refused_one_is_not() -> None:
    world = World()
    case = world.unreachable(approved=False)
    assert world.ask(case).lacks_only_approval
    assert world.ask(case).approval is None
    approval = world.approve(case, START - HOUR, given=START + HOUR)
    assert world.ask(case).approval == approval
    world.add(START - MINUTE, "approval-refused/1", {"approval": approval, "borrower": case.borrower},
              Actor("officer", world.officer), [world.officer])
    assert world.ask(case).approval is None


def test_only_agencies_with_a_key_that_the_lender_approved_may_ask() -> None:
    world = World()
    case = world.unreachable(approved=False)
    stranger, keyless = ident("stranger"), ident("keyless")
    world.party(when(-140), keyless, "agency")
    assert "caller-unknown" in world.ask(case, client=stranger).codes
    assert "caller-unknown" in world.ask(case, client=world.lender).codes
    assert {"key-revoked", "agency-not-approved"} <= set(world.ask(case, client=keyless).codes)


def test_an_approval_of_an_agency_ends_on_its_moment_and_after_a_year() -> None:
    world = World()
    case = world.unreachable()
    world.approve_agency(START - 100 * DAY, world.agency, until=START)
    assert world.ask(case).verdict == "permit"
    assert world.ask(case, START + 1).codes == ("agency-approval-lapsed",)
    world = World()
    case = world.unreachable()
    world.drop("agency-approved/1")
    world.approve_agency(START - 365 * DAY, world.agency, until=START + DAY)
    world.drafts.sort(key=lambda one: (one[2].kind != "genesis/1", one[0]))
    assert "agency-approval-lapsed" not in world.ask(case).codes
    assert "agency-approval-lapsed" in world.ask(case, START + 1).codes


def test_an_outcome_is_due_within_forty_eight_hours_of_the_permit() -> None:
    world = World()
    case = world.unreachable()
    another = world.person("another")
    lookup = world.permit(another, START - 48 * HOUR)
    assert world.ask(case).verdict == "permit"
    assert world.ask(case, START + 1).codes == ("outcome-overdue",)
    world.outcome(another, lookup, START, "no-answer")
    assert world.ask(case, START + 1).verdict == "permit"


def test_the_twenty_first_number_of_one_agent_on_a_local_day_raises_the_alarm() -> None:
    world = World()
    case = world.unreachable()
    for number in range(20):
        another = world.person(f"p{number}")
        world.outcome(another, world.permit(another, START - HOUR + number * SECOND), START - MINUTE, "no-answer")
        expected = ("collector-alarm",) if number == 19 else ()
        if number >= 18:
            assert world.ask(case).codes == expected
    assert world.ask(case, agent="B-18").verdict == "permit"


@pytest.mark.parametrize(("asked", "code"), [
    ({"purpose": "confirm-whereabouts"}, "purpose-not-allowed"),
    ({"purpose": "contact-borrower"}, "purpose-not-allowed"),
    ({"about": "visit"}, "purpose-not-allowed"),
    ({"mode": "call"}, "mode-not-allowed"),
])
def test_purposes_and_modes_beyond_the_packs_are_a_wrong_request(asked: dict[str, str], code: str) -> None:
    world = World()
    case = world.unreachable()
    assert code in world.ask(case, **asked).codes
    assert world.view(case, **asked)["state"] == "fix-request"


def test_days_past_due_count_by_the_local_date_at_the_residence() -> None:
    for due, codes in ((60, ()), (59, ("account-not-overdue-enough",))):
        world = World()
        assert world.ask(world.unreachable(due=due)).codes == codes
    world = World()
    case = world.unreachable(due=59)
    world.feeds(when(0, "23:59"))
    world.approve(case, when(0, "23:00"))
    assert "account-not-overdue-enough" in world.ask(case, when(0, "23:59")).codes
    assert "account-not-overdue-enough" not in world.ask(case, when(1, "00:00")).codes


def test_the_last_day_of_limitation_and_of_placement_still_counts() -> None:
    world = World()
    case = world.unreachable(limitation_until="2026-06-01")
    assert world.ask(case).verdict == "permit"
    world = World()
    case = world.agreed()
    world.place(case, until=0)
    assert "account-not-placed" not in world.ask(case).codes
    assert "account-not-placed" in world.ask(case, when(1, "00:00")).codes


@pytest.mark.parametrize(("time", "inside"), [("08:00", True), ("07:59", False), ("19:59", True), ("20:00", False)])
def test_the_contact_is_called_between_eight_and_twenty_local_time(time: str, inside: bool) -> None:
    world = World()
    case = world.unreachable()
    world.feeds(when(1, "07:00"))
    world.approve(case, when(1, "07:00"))
    decision = world.ask(case, when(1, time))
    assert decision.codes == (() if inside else ("outside-hours",))
    if time == "07:59":
        assert decision.reasons[0].not_before == when(1, "08:00")
    if time == "20:00":
        assert decision.reasons[0].not_before == when(2, "08:00")


def test_hours_in_a_consent_narrow_the_window() -> None:
    world = World()
    case = world.unreachable(contact=False)
    world.consent(case, "contact", scope={"hours": ["10:01", "18:00"]})
    assert world.ask(case).codes == ("outside-hours",)
    decision = world.ask(case, START + MINUTE)
    assert decision.obligations is not None
    assert decision.obligations["call_between"] == ["10:01", "18:00"]


def test_a_permit_says_what_it_obliges_to() -> None:
    world = World()
    decision = world.ask(world.unreachable())
    assert decision.obligations is not None
    script = str(decision.obligations["script"])
    assert decision.obligations["call_between"] == ["08:00", "20:00"]
    assert (decision.obligations["time_zone"], decision.obligations["max_calls"]) == (ZONE, 1)
    assert decision.obligations["outcome_by"] == stamp(START + 48 * HOUR)
    assert "拒绝" in script
    assert decision.expires_at == START + 24 * HOUR


def test_a_contact_whose_language_the_pack_does_not_speak_is_language_missing() -> None:
    world = World()
    case = world.unreachable()
    for place, (at, order, draft) in enumerate(world.drafts):
        if draft.kind == "contact-registered/1":
            body = {**draft.body, "languages": ["ug"]}
            world.drafts[place] = (at, order, type(draft)(draft.id, draft.kind, draft.by, body))
    assert world.ask(case).codes == ("language-missing",)


@pytest.mark.parametrize("grace", [7 * DAY, 7 * DAY - 1])
def test_grace_runs_from_the_last_needed_notice(grace: int) -> None:
    world = World()
    case = world.agreed()
    world.place(case)
    world.dials(case)
    world.texts(case)
    world.notice(case, START - grace - DAY, ["sms"])
    world.notice(case, START - grace - SECOND, ["email"])
    world.approve(case)
    decision = world.ask(case)
    assert decision.codes == (() if grace == 7 * DAY else ("notice-running",))
    if decision.reasons:
        assert decision.reasons[0].not_before == START + 1


def test_a_notice_on_one_channel_of_two_or_without_any_receipt_is_incomplete() -> None:
    for media, delivered in ((["sms"], True), (["sms", "email"], False)):
        world = World()
        case = world.agreed()
        world.place(case)
        world.dials(case)
        world.texts(case)
        world.notice(case, when(-8), media, delivered=delivered)
        world.approve(case)
        assert world.ask(case).codes == ("notice-incomplete",)


def test_a_notice_that_bounced_after_it_seemed_to_arrive_did_not_arrive() -> None:
    world = World()
    case = world.unreachable()
    notices = [draft.body for _, _, draft in world.drafts if draft.kind == "notice-receipt/1"]
    for number, body in enumerate(notices):
        assert world.ask(case).verdict == "permit"
        world.add(when(-1) + number, "notice-receipt/1", {**body, "status": "failed"}, Actor("courier"))
    assert world.ask(case).codes == ("notice-incomplete",)
    world.add(when(0, "09:00"), "notice-receipt/1", notices[0], Actor("courier"))
    assert world.ask(case).verdict == "permit"


def test_a_notice_older_than_thirty_days_is_none() -> None:
    world = World()
    case = world.agreed()
    world.place(case)
    world.dials(case, [day - 24 for day in (-23, -21, -19, -17, -15, -12, -10, -9)])
    world.texts(case)
    world.dials(case, (-9, -2))
    at = START - 30 * DAY - SECOND
    world.notice(case, at)
    world.approve(case)
    assert world.ask(case).verdict == "permit"
    assert world.ask(case, START + 1).codes == ("notice-missing",)


def test_a_notice_that_the_lender_asked_for_names_the_agency_placed_then() -> None:
    world = World()
    case = world.agreed()
    world.place(case)
    world.dials(case)
    world.texts(case)
    world.notice(case, when(-8), by_lender=True)
    world.approve(case)
    assert world.ask(case).verdict == "permit"


def test_a_tracked_letter_will_do_where_nothing_can_carry_text() -> None:
    world = World()
    case = world.agreed(channels=("voice", "post"))
    world.place(case)
    world.dials(case)
    world.approve(case)
    assert world.ask(case).codes == ("notice-missing",)
    world.notice(case, when(-8), ["post"])
    assert world.ask(case).verdict == "permit"
