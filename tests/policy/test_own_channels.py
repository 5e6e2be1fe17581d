"""`about: borrower`: the borrower's own channels, by rules of their own, and never a third person's line."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from registry.model.entries import Actor
from registry.model.times import DAY, HOUR, stamp
from registry.policy import Decision
from registry.shipped import shipped_packs
from tests.policy.modes import OWN, dials_today, message_first, overdue, ready, removed, shares_a_line_as_contact
from tests.policy.test_packs import activate, changed
from tests.policy.test_rules_on_people import Break, account, erased, hold, stops, suspends, withdraws
from tests.policy.world import DELIVERED, GONE, PERSON, RANG, START, Case, World, ident, when


def own(world: World, case: Case, at: int = START, **changes: str) -> Decision:
    return world.ask(case, at, **{**OWN, **changes})


def test_one_day_past_due_and_placed_is_enough() -> None:
    world = World()
    case = overdue(world, 1)
    decision = own(world, case)
    assert decision.verdict == "permit"
    assert decision.channels == tuple(case.channels.values())
    assert (decision.contact, decision.line, decision.approval) == (None, None, None)
    assert decision.obligations == {"call_between": ["08:00", "21:00"], "time_zone": "Asia/Shanghai"}
    assert decision.expires_at == START + DAY
    assert [one.name for one in decision.packs] == ["floor", "cn"]


def test_on_the_day_it_is_due_it_is_too_early() -> None:
    world = World()
    decision = own(world, overdue(world, 0))
    assert decision.codes == ("account-not-overdue-enough",)
    assert (decision.reasons[0].have, decision.reasons[0].need) == (0, 1)
    assert decision.channels == ()


def recalled(world: World, case: Case) -> None:
    placement = next(one.body["placement"] for one in world.log() if one.kind == "placed/1")
    world.add(when(0, "09:20"), "recalled/1", {
        "placement": placement, "account": case.account, "borrower": case.borrower,
    })


def owes_an_outcome(world: World, _case: Case) -> None:
    world.permit(world.person("another"), START - 3 * DAY)


def keyless(world: World, _case: Case) -> None:
    world.drafts = [one for one in world.drafts if one[2].body.get("party") != world.agency]
    world.party(when(-150), world.agency, "agency")


def unapproved(world: World, _case: Case) -> None:
    world.drop("agency-approved/1")


def lapsed(world: World, _case: Case) -> None:
    world.approve_agency(when(-100), world.agency, until=START - 1)


BARRED: list[tuple[str, Break, tuple[str, ...], str]] = [
    ("stopped", stops, ("releases-stopped",), "unavailable"),
    ("no key", keyless, ("key-revoked",), "fix-request"),
    ("outcome overdue", owes_an_outcome, ("outcome-overdue",), "fix-request"),
    ("agency suspended", suspends("agency"), ("agency-suspended",), "not-eligible"),
    ("lender suspended", suspends("lender"), ("agency-suspended",), "not-eligible"),
    ("agency never approved", unapproved, ("agency-not-approved",), "not-eligible"),
    ("agency's approval over", lapsed, ("agency-approval-lapsed",), "not-eligible"),
    ("recalled", recalled, ("account-not-placed",), "not-eligible"),
    ("paid", account(state="paid"), ("account-not-open",), "not-eligible"),
    ("limitation over", account(limitation_until="2026-05-31"), ("account-time-barred",), "not-eligible"),
    ("erased", erased("borrower", "borrower"), ("account-not-placed",), "not-eligible"),
    ("dispute", hold("dispute"), ("hold-dispute",), "paused"),
    ("cease", hold("cease"), ("hold-cease",), "stopped"),
    ("deceased", hold("deceased"), ("hold-deceased",), "stopped"),
]


@pytest.mark.parametrize(("change", "codes", "state"), [one[1:] for one in BARRED], ids=[one[0] for one in BARRED])
def test_what_bars_it_alone(change: Break, codes: tuple[str, ...], state: str) -> None:
    world = World()
    case = overdue(world, 20)
    assert own(world, case).verdict == "permit"
    change(world, case)
    decision = own(world, case)
    assert decision.codes == codes
    assert decision.channels == ()
    assert world.view(case, **OWN)["state"] == state


def no_feeds(world: World, _case: Case) -> None:
    world.drop("feed-complete/1")


def alive(world: World, case: Case) -> None:
    world.add(when(0, "09:20"), "sign-of-life/1", {"borrower": case.borrower, "source": "login"})


def offered(world: World, case: Case) -> None:
    world.add(when(-1), "callback-offered/1", {
        "borrower": case.borrower, "until": stamp(START + DAY), "windows": ["18:00-20:00"],
    }, Actor("borrower", case.borrower))


def busy_agent(world: World, case: Case) -> None:
    for number in range(20):
        lookup = world.permit(world.person(f"n{number}"), START - HOUR + number)
        world.outcome(case, lookup, START - HOUR // 2, "no-answer")


NO_BAR: list[Break] = [
    no_feeds, alive, offered, busy_agent, withdraws("borrower"), lambda world, _: message_first(world),
]


@pytest.mark.parametrize("change", NO_BAR)
def test_what_protects_third_persons_does_not_bar_it(change: Break) -> None:
    world = World()
    case = ready(world)
    change(world, case)
    assert own(world, case).verdict == "permit"


def test_whoever_may_ask_about_a_contact_may_ask_about_the_borrower_and_gets_his_channels_alone() -> None:
    world = World()
    case = ready(world)
    assert world.ask(case).verdict == "permit"
    assert own(world, case).channels == tuple(case.channels.values())


@pytest.mark.parametrize(("asked", "code"), [
    ({"purpose": "restore-contact"}, "purpose-not-allowed"), ({"mode": "message"}, "mode-not-allowed"),
    ({"mode": "call"}, "mode-not-allowed"),
])
def test_nothing_else_may_be_asked_about_the_borrower(asked: dict[str, str], code: str) -> None:
    world = World()
    case = overdue(world, 20)
    assert own(world, case, **asked).codes == (code,)
    assert world.view(case, **{**OWN, **asked})["state"] == "fix-request"


def test_the_borrowers_purpose_opens_no_contact() -> None:
    world = World()
    case = ready(world)
    assert "purpose-not-allowed" in world.ask(case, purpose="contact-borrower").codes


def test_it_is_answered_within_the_borrowers_hours_at_home() -> None:
    world = World()
    case = overdue(world, 20)
    assert own(world, case, when(0, "08:00")).verdict == "permit"
    assert own(world, case, when(0, "20:59")).verdict == "permit"
    for at, opens in ((when(0, "07:59"), when(0, "08:00")), (when(0, "21:00"), when(1, "08:00"))):
        assert own(world, case, at).codes == ("outside-hours",)
        view = world.view(case, at, **OWN)
        assert view["state"] == "waiting"
        assert view["next"] == {"action": "wait", "not_before": stamp(opens)}
        assert view["missing"] == [{"code": "outside-hours", "not_before": stamp(opens)}]


def test_only_personal_channels_and_never_an_address_for_post() -> None:
    world = World()
    case = overdue(world, 20, channels=("voice", "email", "post"))
    work = world.channel(when(-120), case.borrower, "voice", "work", use="work")
    assert own(world, case).channels == (case.channels["voice"], case.channels["email"])
    assert work not in own(world, case).channels
    for channels, use in ((("post",), "personal"), (("voice", "sms"), "shared"), ((), "personal")):
        world = World()
        case = overdue(world, 20, channels=channels, use=use)
        assert own(world, case).codes == ("no-channel",)
        assert world.view(case, **OWN)["state"] == "not-eligible"


def test_a_channel_the_lender_removed_is_still_to_be_tried_and_one_the_borrower_removed_is_not() -> None:
    for by, left in ((None, ("sms", "email", "voice")), ("borrower", ("sms", "email"))):
        world = World()
        case = overdue(world, 20)
        removed(world, case, "voice", when(-5), None if by is None else Actor(by, case.borrower))
        assert set(own(world, case).channels) == {case.channels[medium] for medium in left}


def test_a_disputed_channel_is_nobodys_to_call() -> None:
    world = World()
    case = overdue(world, 20)
    world.add(when(-5), "channel-disputed/1", {"channel": case.channels["email"], "borrower": case.borrower})
    assert set(own(world, case).channels) == {case.channels["voice"], case.channels["sms"]}


def as_his_own_contact(world: World, case: Case, medium: str) -> None:
    world.contact(when(-100), case.borrower, "own", 2, line=case.lines[medium])


def as_an_erased_contact(world: World, case: Case, medium: str) -> None:
    shares_a_line_as_contact(world, case, medium)
    world.add(when(-50), "erasure-requested/1", {
        "subject": ident(f"another-{medium}-contact-2"), "role": "contact",
        "borrower": ident(f"another-{medium}-borrower"),
    })


@pytest.mark.parametrize("shared", [shares_a_line_as_contact, as_his_own_contact, as_an_erased_contact])
def test_a_line_that_is_or_was_anybodys_contact_is_never_given_as_the_borrowers(
    shared: Callable[[World, Case, str], None],
) -> None:
    world = World()
    case = overdue(world, 20)
    shared(world, case, "voice")
    assert own(world, case).channels == (case.channels["email"],)
    world = World()
    case = overdue(world, 20, channels=("voice", "sms"))
    shared(world, case, "voice")
    assert own(world, case).codes == ("line-is-contact",)
    assert world.view(case, **OWN)["state"] == "not-eligible"


def test_a_line_shared_with_another_borrower_is_still_his_own() -> None:
    world = World()
    case = overdue(world, 20)
    another = world.person("another")
    world.channel(when(-100), another.borrower, "voice", "shared", line=case.lines["voice"])
    assert set(own(world, case).channels) == set(case.channels.values())


@pytest.mark.parametrize(("number", "left"), [(2, True), (3, False)])
def test_a_telephone_at_its_daily_cap_is_left_out_over_all_agencies(number: int, left: bool) -> None:
    world = World()
    case = overdue(world, 20)
    dials_today(world, case, number, RANG, agency=world.rival)
    assert (case.channels["voice"] in own(world, case).channels) is left
    assert case.channels["email"] in own(world, case).channels
    assert case.channels["voice"] in own(world, case, when(1, "10:00")).channels


@pytest.mark.parametrize(("dials", "codes"), [
    (((-6, 3), (-3, 3)), ()), (((-6, 3), (-3, 3), (-1, 1)), ("borrower-cap",)), (((-7, 3), (-3, 3), (-1, 1)), ()),
])
def test_seven_dials_in_this_and_the_six_days_before_are_all(
    dials: tuple[tuple[int, int], ...], codes: tuple[str, ...],
) -> None:
    world = World()
    case = overdue(world, 20, channels=("voice",))
    for day, number in dials:
        for one in range(number):
            world.attempt(case, when(day, f"{10 + 3 * one}:00"), outcome=GONE)
    assert own(world, case).codes == codes


def test_after_a_talk_today_the_telephone_rests_until_tomorrow() -> None:
    world = World()
    case = overdue(world, 20, channels=("voice",))
    dials_today(world, case, 1, PERSON)
    assert own(world, case).codes == ("borrower-cap",)
    assert own(world, case, when(1, "10:00")).verdict == "permit"


def test_a_borrower_at_the_cap_is_a_bare_refusal_and_a_text_channel_keeps_it_a_permit() -> None:
    world = World()
    case = overdue(world, 20, channels=("voice",))
    dials_today(world, case, 3, RANG)
    assert own(world, case).codes == ("borrower-cap",)
    view = world.view(case, **OWN)
    assert (view["state"], view["missing"], view["next"]) == ("not-eligible", [], {"action": "stop"})
    mail = world.channel(when(-50), case.borrower, "email", "mail")
    assert own(world, case).channels == (mail,)


def test_only_the_packs_of_the_borrowers_side_are_asked() -> None:
    """A contact in a country without a pack bars the contact, not the borrower."""
    world = World()
    case = overdue(world, 20)
    world.contact(when(-100), case.borrower, "abroad", 2, region="XX", residence="XX")
    world.drafts = [one for one in world.drafts
                    if one[2].body.get("contact") != case.contact or one[2].kind != "contact-registered/1"]
    assert "pack-missing" in world.ask(case).codes
    assert own(world, case).verdict == "permit"
    world = World(regulator=None)
    assert own(world, overdue(world, 20)).codes == ("pack-missing",)


def test_the_hours_of_a_stricter_pack_hold() -> None:
    world = World()
    text = changed(shipped_packs()["cn"].text, 'version = "2"', 'version = "3"')
    rule = text.index('[parameters."hours.borrower"]')
    text = text[:rule] + text[rule:].replace('["08:00", "22:00"]', '["10:01", "19:00"]', 1)
    activate(world, text, when(-40), officers=2)
    case = overdue(world, 20)
    assert own(world, case).codes == ("outside-hours",)
    decision = own(world, case, when(0, "10:01"))
    assert decision.obligations is not None
    assert decision.obligations["call_between"] == ["10:01", "19:00"]


def test_unknown_erased_and_another_agencys_accounts_look_alike_here_too() -> None:
    world = World()
    gone = overdue(world, 20, "gone")
    erased("borrower", "borrower")(world, gone)
    others = world.person("others", due=20)
    world.place(others, agency=world.rival)
    views = [world.view(gone, **OWN), world.view(others, **OWN), world.view(gone, account=ident("unheard-of"), **OWN)]
    assert views[0] == views[1] == views[2]
    assert views[0] == {"state": "not-eligible", "missing": [], "channels": [], "next": {"action": "stop"}}


def test_it_uses_nobodys_consent_and_no_contact_and_owes_no_outcome() -> None:
    world = World()
    case = ready(world, uses=1)
    facts, before = world.judge(case)
    for number in range(25):
        body = {"lookup": ident(f"own {number}"), "account": case.account, "client": world.agency, "agent": "A-17",
                **OWN, "mode": "number", "verdict": "permit", "reasons": [], "system": [], "as_of": 0, "rules": "1",
                "packs": [], "offsets": [], "borrower": case.borrower, "lender": world.lender,
                "expires_at": stamp(START), "local_date": "2026-06-01"}
        world.add(START - 3 * DAY, "lookup-decided/1", body, Actor("vault"), entry=ident(f"own {number}"))
    after, decision = world.judge(case)
    assert decision == before
    assert before.verdict == "permit"
    for name in ("caller", "consents", "contacts", "case_contacts", "requests"):
        assert getattr(after, name) == getattr(facts, name)


def test_a_telephone_is_full_by_its_own_dials_and_messages_are_no_dials() -> None:
    world = World()
    case = overdue(world, 20)
    second = world.channel(when(-50), case.borrower, "voice", "second", line=ident("second-phone"))
    dials_today(world, case, 3, RANG)
    assert case.channels["voice"] not in own(world, case).channels
    assert second in own(world, case).channels
    for number in range(8):
        world.attempt(case, when(-1, f"{9 + number}:00"), "email", DELIVERED)
    assert second in own(world, case).channels


def test_an_agent_who_was_given_many_numbers_still_learns_nothing_of_an_unknown_account() -> None:
    world = World()
    case = overdue(world, 20)
    busy_agent(world, case)
    at = when(0, "10:00")
    assert own(world, case, at, account=ident("unheard-of")).codes == ("account-not-placed",)
    assert "collector-alarm" in world.ask(case, at, account=ident("unheard-of")).codes


def test_hours_that_no_law_leaves_open_are_a_conflict_and_no_time_is_named() -> None:
    world = World()
    text = changed(shipped_packs()["cn"].text, 'version = "2"', 'version = "3"')
    rule = text.index('[parameters."hours.borrower"]')
    text = text[:rule] + text[rule:].replace('["08:00", "22:00"]', '["21:30", "22:00"]', 1)
    activate(world, text, when(-40), officers=2)
    decision = own(world, overdue(world, 20))
    assert decision.codes == ("pack-conflict", "outside-hours")
    assert decision.reasons[1].not_before is None
