"""Where a pack orders it, a relayed message comes before a bare number; no shipped pack does."""

from __future__ import annotations

import pytest

from registry.model.times import DAY, MINUTE, date_of, local_day, stamp
from registry.shipped import shipped_packs
from tests.policy.modes import MESSAGE, message_first, messaged, of_another, parameter, ready, second_contact
from tests.policy.test_packs import activate, changed
from tests.policy.test_rules_on_people import withdraws
from tests.policy.world import OFFSET, START, Case, World, ident, other, when

CODE = "less-intrusive-first"


def ordered(days: int | None = None, **options: object) -> tuple[World, Case]:
    world = World()
    message_first(world, days)
    return world, ready(world, **options)  # type: ignore[arg-type]


def test_no_shipped_pack_orders_messages_first() -> None:
    for shipped in shipped_packs().values():
        setting = shipped.pack.settings.get("message.first")
        assert setting is None or not setting.value
    world = World()
    assert world.ask(ready(world)).verdict == "permit"


def test_a_number_waits_for_a_message_and_the_message_does_not() -> None:
    world, case = ordered()
    assert world.ask(case).codes == (CODE,)
    assert world.ask(case, **MESSAGE).verdict == "permit"


@pytest.mark.parametrize(("wait", "need"), [(None, 3), (5, 5), (1, 3)])
def test_after_the_message_the_contact_has_the_strictest_packs_time(wait: int | None, need: int) -> None:
    for late, codes in ((0, ()), (1, (CODE,))):
        world, case = ordered(wait)
        lookup = messaged(world, case, need, relayed=False)
        world.add(START - need * DAY + late, "message-relayed/1", {
            "lookup": lookup, "borrower": case.borrower, "contact": case.contact, "line": case.contact_line,
            "opened": "0" * 32, "language": "zh", "script_sha256": "0" * 64,
        })
        decision = world.ask(case)
        assert decision.codes == codes
        assert [one.not_before for one in decision.reasons] == [START + late] * len(codes)


def test_a_permit_to_send_a_message_is_not_a_message() -> None:
    world, case = ordered()
    messaged(world, case, 5, relayed=False)
    assert world.ask(case).codes == (CODE,)


def test_a_message_on_its_way_is_waited_for_though_it_used_up_the_consent() -> None:
    world = World()
    message_first(world)
    case = ready(world, contact=("number",))
    world.consent(case, "contact", when(-110), scope={"modes": ["message"], "max_uses": 1})
    lookup = messaged(world, case, 0, relayed=False)
    assert world.ask(case, START + MINUTE).codes == (CODE,)
    world.refuse_opening(case, lookup, START + 1)
    assert world.ask(case, START + MINUTE).codes == (CODE,)


@pytest.mark.parametrize(("answer", "codes"), [
    ("cannot", ()), ("will-relay", (CODE,)), ("replied", (CODE,)), ("not-me", (CODE, "contact-wrong-person")),
])
def test_only_that_he_cannot_lifts_the_order_at_once(answer: str, codes: tuple[str, ...]) -> None:
    world, case = ordered()
    messaged(world, case, 1, answer)
    assert world.ask(case).codes == codes


def test_a_message_about_another_borrower_or_to_another_contact_is_none() -> None:
    world, case = ordered()
    messaged(world, of_another(world, case), 40)
    assert world.ask(case).codes == (CODE,)
    world, case = ordered()
    messaged(world, second_contact(world, case), 40)
    assert world.ask(case).codes == (CODE,)


def test_a_message_of_an_earlier_case_is_none() -> None:
    for moved, codes in ((False, ()), (True, (CODE,))):
        world, case = ordered(due=120)
        messaged(world, case, 80)
        if moved:
            # Cured, and overdue again for 70 days: another case.
            world.add(when(-69), "account-changed/1", {
                "account": case.account, "borrower": case.borrower, "as_of": "2026-03-24",
                "due_since": date_of(local_day(START, OFFSET) - 70),
            })
        assert world.ask(case).codes == codes


@pytest.mark.parametrize("giver", ["borrower", "contact"])
def test_whose_consent_allows_no_message_is_called_at_once(giver: str) -> None:
    world, case = ordered(**{giver: ("number",)})
    assert world.ask(case).verdict == "permit"


def test_who_agreed_to_no_message_is_not_called_before_another_who_can_be_written_to() -> None:
    world, case = ordered()
    second_contact(world, case, ("number",))
    decision = world.ask(case)
    assert (decision.codes, decision.contact) == ((CODE,), case.contact)


@pytest.mark.parametrize(("old", "new"), [
    ('value = ["message", "call", "number"]', 'value = ["call", "number"]'),
    ('value = 1\nunit = "messages"', 'value = 0\nunit = "messages"'),
    ("[messages.restore-contact]", "[messages.confirm-whereabouts]"),
])
def test_where_the_packs_allow_no_message_none_is_ordered(old: str, new: str) -> None:
    world = World()
    text = changed(changed(shipped_packs()["cn"].text, 'version = "2"', 'version = "3"'), old, new)
    text = changed(text, "[scripts.restore-contact]",
                   parameter("message.first", True, "flag", "or") + "[scripts.restore-contact]")
    activate(world, text, when(-40), officers=2)
    case = ready(world)
    assert world.ask(case).verdict == "permit"
    assert world.ask(case, **MESSAGE).verdict == "deny"


def test_a_contact_who_speaks_no_language_of_the_messages_is_called() -> None:
    world = World()
    text = changed(shipped_packs()["cn"].text, 'version = "2"', 'version = "3"')
    start = text.index("zh = ", text.index("[messages.restore-contact]"))
    text = text[:start] + text[text.index("\n", start) + 1:]
    text = changed(text, "[scripts.restore-contact]",
                   parameter("message.first", True, "flag", "or") + "[scripts.restore-contact]")
    activate(world, text, when(-40), officers=2)
    assert world.ask(ready(world)).verdict == "permit"


def test_the_collector_learns_nothing_from_it() -> None:
    world, case = ordered()
    assert world.view(case)["state"] == "not-eligible"
    assert world.view(case)["missing"] == []


def test_who_refused_is_left_alone_and_nothing_gentler_is_asked_for() -> None:
    world, case = ordered()
    withdraws("contact", act="refused")(world, case)
    assert world.ask(case).codes == ("contact-refused",)


def apart(world: World, **changes: object) -> Case:
    """A contact who agreed to numbers, and apart from that to one message."""
    message_first(world)
    case = ready(world, contact=("number",))
    world.consent(case, "contact", when(-110), scope={"modes": ["message"], "max_uses": 1}, **changes)  # type: ignore[arg-type]
    return case


def test_a_message_that_was_kept_back_and_can_be_sent_no_more_holds_no_number_back() -> None:
    for back, codes in ((True, ()), (False, (CODE,))):
        world = World()
        case = apart(world, expires_at=stamp(START + 1))
        lookup = messaged(world, case, 0, relayed=False)
        if back:
            world.refuse_opening(case, lookup, START + 1)
        assert world.ask(case, START + MINUTE).codes == codes


def test_a_message_that_was_never_sent_holds_no_number_back_once_its_permit_is_over() -> None:
    for late, codes in ((0, ()), (-1, (CODE,))):
        world = World()
        case = apart(world)
        messaged(world, case, 1, relayed=False)
        assert world.ask(case, START + late).codes == codes


def test_the_wait_runs_from_the_first_time_that_a_message_went_out() -> None:
    world, case = ordered()
    lookup = messaged(world, case, 4)
    world.add(START - DAY, "message-relayed/1", {
        "lookup": lookup, "borrower": case.borrower, "contact": case.contact, "line": case.contact_line,
        "opened": "0" * 32, "language": "zh", "script_sha256": "0" * 64,
    })
    assert world.ask(case).verdict == "permit"


def test_a_message_for_another_account_of_the_same_borrower_is_none() -> None:
    world, case = ordered()
    messaged(world, other(case, account=ident("another account")), 40)
    assert world.ask(case).codes == (CODE,)


def test_a_case_begins_with_its_due_day_at_the_borrowers_home() -> None:
    for time, codes in (("00:00", ()), ("23:59", (CODE,))):
        world, case = ordered()
        day = -70 if time == "00:00" else -71
        world.message(case, when(day, time))
        assert world.ask(case).codes == codes
