"""A relayed message needs all that a number needs, has a cap of its own, and takes nothing from a number."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import pytest

from registry.errors import MalformedError
from registry.model.catalogue import KINDS
from registry.model.times import DAY, HOUR, MINUTE
from registry.policy import gather, restricted_since
from registry.policy.merging import merge
from registry.policy.pack import read_pack
from registry.shipped import shipped_packs
from registry.texts import forbidden
from tests.policy.modes import MESSAGE, messaged, of_another, overdue, ready, second_contact
from tests.policy.test_packs import activate, changed
from tests.policy.test_rules_on_people import ALONE, Break
from tests.policy.world import START, Case, Source, World, ident, other, when

CN = shipped_packs()["cn"]


def test_a_message_is_permitted_where_a_number_is_and_says_what_will_be_written() -> None:
    world = World()
    case = ready(world)
    decision = world.ask(case, **MESSAGE)
    text = CN.pack.messages["restore-contact"]["zh"]
    assert (decision.verdict, decision.contact, decision.line) == ("permit", case.contact, case.contact_line)
    assert decision.obligations == {
        "call_between": ["08:00", "20:00"], "time_zone": "Asia/Shanghai", "script": text,
        "script_sha256": hashlib.sha256(text.encode()).hexdigest(),
    }
    assert decision.expires_at == START + DAY
    assert decision.channels == ()


@pytest.mark.parametrize(("change", "codes"), [(one[1], one[2]) for one in ALONE], ids=[one[0] for one in ALONE])
def test_whatever_keeps_a_number_back_keeps_a_message_back(change: Break, codes: tuple[str, ...]) -> None:
    world = World()
    case = ready(world)
    change(world, case)
    assert world.ask(case, **MESSAGE).codes == codes


def test_a_message_needs_the_whole_effort_and_the_notice() -> None:
    world = World()
    case = world.agreed()
    world.place(case)
    world.dials(case, (-16, -14, -12, -10, -8, -5, -2))
    world.texts(case, -13)
    assert world.ask(case, **MESSAGE).codes == ("attempts-too-few", "notice-missing", "approval-missing")


@pytest.mark.parametrize("giver", ["borrower", "contact"])
def test_a_consent_to_numbers_alone_opens_no_message_and_one_to_messages_alone_no_number(giver: str) -> None:
    for agreed, asked in (("number", "message"), ("message", "number")):
        world = World()
        case = ready(world, **{giver: (agreed,)})  # type: ignore[arg-type]
        assert world.ask(case, mode=asked).codes == (f"{giver}-consent-scope",)
        assert world.ask(case, mode=agreed).verdict == "permit"


def test_an_approval_of_a_number_approves_no_message() -> None:
    world = World()
    case = world.unreachable()
    assert world.ask(case, **MESSAGE).codes == ("approval-missing",)
    world.approve(case, when(0, "09:11"), mode="message")
    assert world.ask(case, **MESSAGE).verdict == "permit"


def test_of_a_message_only_what_grade_b_needs_is_approved() -> None:
    """China wants one approval of every number; of a message only where something still rings."""
    world = World()
    text = changed(CN.text, 'version = "2"', 'version = "3"')
    rule = text.index('[parameters."unreachable.unresponsive_approvals"]')
    activate(world, text[:rule] + text[rule:].replace("value = 1", "value = 0", 1), when(-40), officers=2)
    case = world.unreachable(approved=False)
    assert world.ask(case, **MESSAGE).verdict == "permit"
    assert world.ask(case).codes == ("approval-missing",)


def test_a_second_message_to_a_line_waits_thirty_days_whoever_it_is_about() -> None:
    for place in (lambda _, case: case, of_another):
        world = World()
        case = ready(world)
        messaged(world, place(world, case), 29)
        assert world.ask(case, **MESSAGE).codes == ("line-message-cap",)
        world = World()
        case = ready(world)
        messaged(world, place(world, case), 30)
        assert world.ask(case, **MESSAGE).verdict == "permit"


def test_a_message_permit_does_not_eat_a_release() -> None:
    world = World()
    case = ready(world)
    messaged(world, case, 1)
    assert world.ask(case).verdict == "permit"


def test_a_number_permit_is_no_message_and_neither_cooldown_nor_a_talk_holds_a_message_back() -> None:
    world = World()
    case = ready(world)
    lookup = world.permit(case, START - 2 * DAY)
    world.outcome(case, lookup, START - DAY, "gave-channel")
    assert world.ask(case).codes == ("line-cap", "line-cooldown")
    assert world.ask(case, **MESSAGE).verdict == "permit"


def test_a_message_that_was_kept_back_gives_its_use_back() -> None:
    world = World()
    case = ready(world)
    lookup = messaged(world, case, 2, relayed=False)
    assert world.ask(case, **MESSAGE).codes == ("line-message-cap",)
    world.refuse_opening(case, lookup, START - MINUTE)
    assert world.ask(case, **MESSAGE).verdict == "permit"


def test_a_use_is_a_use_in_whichever_mode() -> None:
    world = World()
    case = ready(world, uses=1)
    messaged(world, case, 2)
    assert world.ask(case).codes == ("borrower-consent-scope", "contact-consent-scope")


def test_messages_and_numbers_together_reach_only_so_many_contacts_of_a_case() -> None:
    world = World()
    case = ready(world)
    for days, name in ((5, "x"), (6, "y")):
        messaged(world, other(case, contact=ident(name), contact_line=ident(f"{name}-line")), days)
    assert world.ask(case).codes == ("case-cap",)
    assert world.ask(case, **MESSAGE).codes == ("case-cap",)


def test_no_outcome_is_due_for_a_message_and_one_is_for_a_number() -> None:
    world = World()
    case = ready(world)
    messaged(world, of_another(world, case), 60)
    assert world.ask(case).verdict == "permit"
    world.permit(world.person("third"), START - 3 * DAY)
    assert world.ask(case).codes == ("outcome-overdue",)
    assert world.ask(case, **MESSAGE).codes == ("outcome-overdue",)


def test_messages_do_not_count_for_the_alarm_on_one_agents_numbers() -> None:
    for mode, codes in (("message", ()), ("number", ("collector-alarm",))):
        world = World()
        case = ready(world)
        for number in range(20):
            somebody = other(case, contact_line=ident(f"line {number}"), name=f"n{number}", borrower=ident("x"))
            world.permit(somebody, START - HOUR + number, mode=mode)
        assert world.ask(case, **MESSAGE).codes == codes


def test_it_is_asked_for_at_an_hour_at_which_the_contact_may_be_called() -> None:
    world = World()
    case = ready(world)
    world.feeds(when(0, "20:00"))
    decision = world.ask(case, when(0, "20:00"), **MESSAGE)
    assert decision.codes == ("outside-hours",)
    assert decision.reasons[0].not_before == when(1, "08:00")
    assert world.ask(case, when(0, "19:59"), **MESSAGE).verdict == "permit"


def test_a_pack_that_forbids_messages_or_has_no_words_for_one_refuses_them_and_no_number() -> None:
    modes = 'value = ["message", "call", "number"]'
    for old, new, code in (
        (modes, 'value = ["call", "number"]', "mode-not-allowed"),
        ("[messages.restore-contact]", "[messages.confirm-whereabouts]", "script-missing"),
    ):
        world = World()
        case = ready(world)
        text = changed(changed(CN.text, 'version = "2"', 'version = "3"'), old, new)
        activate(world, text, when(-40), officers=2)
        assert world.ask(case, **MESSAGE).codes == (code,)
        assert world.ask(case).verdict == "permit"


def test_a_message_is_written_in_a_language_of_the_contacts() -> None:
    world = World()
    case = ready(world)
    text = changed(CN.text, 'version = "2"', 'version = "3"')
    start = text.index("zh = ", text.index("[messages.restore-contact]"))
    activate(world, text[:start] + text[text.index("\n", start) + 1:], when(-40), officers=2)
    assert world.ask(case, **MESSAGE).codes == ("language-missing",)
    assert world.ask(case).verdict == "permit"


def test_a_brokered_call_is_not_built() -> None:
    world = World()
    case = ready(world, borrower=("call", "number"), contact=("call", "number"))
    world.approve(case, when(0, "09:12"), mode="call")
    assert world.ask(case, mode="call").codes == ("mode-not-allowed",)


def test_who_cannot_be_written_to_is_passed_over_for_the_next_contact() -> None:
    world = World()
    case = ready(world)
    second = second_contact(world, case)
    assert world.ask(case, **MESSAGE).contact == case.contact
    messaged(world, case, 1)
    assert world.ask(case, **MESSAGE).contact == second.contact
    assert world.ask(case).contact == case.contact


STOPPING = [("not-me", "contact-wrong-person"), ("never", "contact-objected")]


@pytest.mark.parametrize(("answer", "code"), STOPPING)
def test_not_me_and_never_stop_the_line_for_every_borrower_and_mode(answer: str, code: str) -> None:
    world = World()
    case = ready(world)
    messaged(world, of_another(world, case), 100, answer)
    assert world.ask(case).codes == (code,)
    assert world.ask(case, **MESSAGE).codes == (code,)
    assert world.view(case)["missing"] == []


@pytest.mark.parametrize("answer", ["will-relay", "cannot", "replied"])
def test_other_answers_change_nothing(answer: str) -> None:
    world = World()
    case = ready(world)
    messaged(world, of_another(world, case), 100, answer)
    assert world.ask(case).verdict == "permit"
    assert world.ask(case, **MESSAGE).verdict == "permit"


@pytest.mark.parametrize(("answer", "restricts"), [
    ("not-me", True), ("never", True), ("will-relay", False), ("cannot", False), ("replied", False),
])
def test_an_answer_takes_back_an_earlier_permit_only_where_it_stops_the_line(answer: str, restricts: bool) -> None:
    world = World()
    case = ready(world)
    lookup = messaged(world, case, 1)
    place = len(world.log()) - 1
    world.answer(case, lookup, START + MINUTE, answer)
    history = gather(Source.of(world.log()), case.account)
    assert restricted_since(history, place, world.agency) is restricts


def test_a_contacts_answer_is_no_sign_of_life_of_the_borrowers() -> None:
    world = World()
    case = ready(world)
    messaged(world, case, 1, "will-relay")
    assert world.judge(case)[0].resets == ()


def test_every_kind_about_messages_is_filed_where_the_rules_look_for_it() -> None:
    world = World()
    case = ready(world)
    world.answer(case, messaged(world, case, 1), START, "replied")
    source = Source.of(world.log())
    kinds = {"lookup-decided/1", "message-relayed/1", "message-answered/1"}
    for subject in (case.borrower, case.contact_line):
        assert kinds <= {one.kind for one in source.histories((subject,))[subject]}
    assert KINDS["message-answered/1"].restricting


ELIGIBLE: list[tuple[Callable[[World, Case], object], str]] = [
    (lambda world, case: messaged(world, case, 1), "not-eligible"),
    (lambda world, case: messaged(world, case, 1, "never"), "not-eligible"),
    (lambda world, case: world.hold(case, "dispute", START - HOUR), "paused"),
]


@pytest.mark.parametrize(("change", "state"), ELIGIBLE)
def test_a_refused_message_tells_the_collector_no_more_than_a_refused_number(
    change: Callable[[World, Case], object], state: str,
) -> None:
    world = World()
    case = ready(world)
    change(world, case)
    view = world.view(case, **MESSAGE)
    assert (view["state"], view["missing"], view["next"]) == (state, [], {"action": "stop"})


def test_a_message_that_lacks_only_an_approval_asks_for_one() -> None:
    world = World()
    case = world.unreachable()
    assert world.ask(case, **MESSAGE).lacks_only_approval
    assert world.view(case, **MESSAGE)["state"] == "approval-needed"


def test_unknown_accounts_answer_a_message_as_a_number() -> None:
    world = World()
    others = overdue(world, 70, "others")
    views = [world.view(others, account=ident("unheard-of"), mode=mode) for mode in ("message", "number")]
    assert views[0] == views[1]


def test_no_shipped_message_says_what_a_contact_must_not_be_told() -> None:
    shipped = [text for pack in shipped_packs().values() for texts in pack.pack.messages.values()
               for text in texts.values()]
    assert len(shipped) >= 6
    assert forbidden(shipped) == []


def test_china_has_a_message_for_each_purpose_it_allows_in_the_languages_of_its_scripts() -> None:
    assert {purpose: set(texts) for purpose, texts in CN.pack.messages.items()} == {
        purpose: set(texts) for purpose, texts in CN.pack.scripts.items()
    }
    assert shipped_packs()["floor"].pack.messages == {}


def with_message(text: str) -> str:
    """China's pack with one message of these words alone."""
    return CN.text[:CN.text.index("[messages.restore-contact]")] + f"[messages.restore-contact]\nzh = '{text}'\n"


@pytest.mark.parametrize("text", [
    "{institution}: {given_name} {link}", "{link}", "{link} {link}", "{{not a place}} {link}",
])
def test_a_pack_may_name_the_sender_the_borrower_and_the_link_in_a_message(text: str) -> None:
    assert read_pack(with_message(text)).messages == {"restore-contact": {"zh": text}}


@pytest.mark.parametrize("text", [
    "", "no way to stop it", "{{link}}", "{link} {family_name}", "{link} {amount}", "{link} {}", "{link} {0}",
    "{link} {given_name.x}", "{link} {given_name[0]}", "{link!r}", "{link:>99}", "{link", "link}",
])
def test_a_pack_whose_message_has_other_places_or_no_link_is_refused(text: str) -> None:
    with pytest.raises(MalformedError) as refused:
        read_pack(with_message(text))
    assert refused.value.code == "pack-malformed"
    assert "messages" in refused.value.detail


def test_messages_are_for_purposes_that_exist_and_in_languages() -> None:
    for old, new in (("[messages.restore-contact]", "[messages.collect-the-debt]"),
                     ("[messages.restore-contact]", "[messages]\nrestore-contact = '{link}'\n[messages.x]")):
        with pytest.raises(MalformedError):
            read_pack(changed(CN.text, old, new))


def test_messages_are_the_words_of_the_pack_of_the_person_called() -> None:
    floor = shipped_packs()["floor"].pack
    other_text = changed(changed(CN.text, 'pack = "cn"', 'pack = "xx"'), '["CN"]', '["XX"]')
    another = read_pack(other_text[:other_text.index("[messages.restore-contact]")])
    assert merge((floor, CN.pack, another), CN.pack).messages == CN.pack.messages
    assert merge((floor, CN.pack, another), another).messages == {}
    assert merge((floor, CN.pack), None).messages == {}
