"""Stories about relayed messages and about the borrower's own channels, for tests and vectors.

Each builder leaves a world in which everything holds for a number and for a message, but for what its name says.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from registry.model.entries import Actor
from registry.model.times import DAY, SECOND, stamp
from registry.shipped import shipped_packs
from tests.policy.test_packs import activate, changed
from tests.policy.world import RANG, START, Case, World, other, when

MESSAGE = {"mode": "message"}
OWN = {"about": "borrower", "purpose": "contact-borrower"}
BOTH = ("number", "message")


def ready(world: World, name: str = "b", *, borrower: Sequence[str] = BOTH, contact: Sequence[str] = BOTH,
          uses: int = 3, **options: Any) -> Case:
    """All that a permit needs, in either mode. `borrower`, `contact`: the modes that each consented to."""
    case = world.agreed(name, borrower=False, contact=False, **options)
    world.consent(case, "borrower", scope={"modes": list(borrower), "max_uses": uses})
    world.consent(case, "contact", scope={"modes": list(contact), "max_uses": uses})
    world.place(case)
    world.dials(case)
    world.texts(case)
    world.notice(case, when(-9, "15:00"))
    world.attempt(case, when(-2, "09:30"))
    world.approve(case)
    world.approve(case, when(0, "09:11"), mode="message")
    return case


def message_first(world: World, days: int | None = None) -> None:
    """China orders messages before numbers, with a wait of so many days (None: the floor's three)."""
    text = changed(shipped_packs()["cn"].text, 'version = "2"', 'version = "3"')
    wait = "" if days is None else parameter("message.wait_days", days, "days", "max")
    text = changed(text, "[scripts.restore-contact]",
                   parameter("message.first", True, "flag", "or") + wait + "[scripts.restore-contact]")
    activate(world, text, when(-40), officers=2)


def parameter(name: str, value: object, unit: str, merge: str) -> str:
    """One parameter of a pack, as TOML."""
    shown = str(value).lower() if isinstance(value, bool) else value
    return (f'[parameters."{name}"]\nvalue = {shown}\nunit = "{unit}"\nmerge = "{merge}"\ngrade = "H"\n'
            'source = "a test"\n\n')


def of_another(world: World, case: Case) -> Case:
    """Another borrower, whose contact is at the same line."""
    another = world.person("another")
    return other(another, contact_line=case.contact_line)


def shares_a_line_as_contact(world: World, case: Case, medium: str) -> None:
    """Somebody else lists this borrower's line as the contact's."""
    another = world.person(f"another-{medium}")
    world.contact(when(-100), another.borrower, f"another-{medium}", 2, line=case.lines[medium])


def overdue(world: World, days: int, name: str = "b", channels: Sequence[str] = ("voice", "sms", "email"),
            **options: Any) -> Case:
    """A borrower so many days past due, placed: nothing tried, nobody asked, no contact told."""
    case = world.person(name, due=days, channels=channels, **options)
    world.place(case)
    return case


def dials_today(world: World, case: Case, number: int, outcome: Mapping[str, Any], agency: str | None = None) -> None:
    """Dials this morning, some minutes apart."""
    for one in range(number):
        world.attempt(case, when(0, f"08:{10 * one + 5:02d}"), outcome=outcome, agency=agency)


def messaged(world: World, case: Case, days_ago: int, answer: str | None = None, *, relayed: bool = True) -> str:
    """A message relayed to the contact so many days before START, and answered just now."""
    lookup = world.message(case, START - days_ago * DAY, relayed=relayed)
    if answer is not None:
        world.answer(case, lookup, START - SECOND, answer)
    return lookup


def removed(world: World, case: Case, medium: str, at: int, by: Actor | None = None) -> None:
    world.add(at, "channel-removed/1", {"channel": case.channels[medium], "borrower": case.borrower}, by)


def second_contact(world: World, case: Case, modes: Sequence[str] = BOTH) -> Case:
    """A contact of rank 2, told, who agreed to these modes, with an approval for either."""
    contact, line = world.contact(when(-119), case.borrower, case.name, 2)
    second = other(case, contact=contact, contact_line=line)
    world.consent(second, "contact", when(-118), scope={"modes": list(modes), "max_uses": 3})
    for place, mode in enumerate(BOTH):
        world.approve(second, when(0, f"09:2{place}"), contact=contact, mode=mode)
    return second


def _with(change: Callable[[World, Case], object], **options: Any) -> Callable[[World], Case]:
    def build(world: World) -> Case:
        case = ready(world, **options)
        change(world, case)
        return case

    return build


def _ordered(change: Callable[[World, Case], object], **options: Any) -> Callable[[World], Case]:
    def build(world: World) -> Case:
        message_first(world)
        return _with(change, **options)(world)

    return build


def _late(change: Callable[[World, Case], object], **options: Any) -> Callable[[World], Case]:
    def build(world: World) -> Case:
        case = overdue(world, 20, **options)
        change(world, case)
        return case

    return build


def nothing(_world: World, _case: Case) -> None:
    """As it is."""


def _offers(world: World, case: Case) -> None:
    world.add(when(-1), "callback-offered/1", {
        "borrower": case.borrower, "until": stamp(START + DAY), "windows": ["18:00-20:00"],
    }, Actor("borrower", case.borrower))


# What happened, what was asked, and every failed rule. Kept as golden vectors too.
STORIES: list[tuple[str, Callable[[World], Case], dict[str, str], tuple[str, ...]]] = [
    ("message", _with(nothing), MESSAGE, ()),
    ("message to the first of two contacts", _with(second_contact), MESSAGE, ()),
    ("message without its approval", World.unreachable, MESSAGE, ("approval-missing",)),
    ("message without the contact's consent to one", _with(nothing, contact=("number",)), MESSAGE,
     ("contact-consent-scope",)),
    ("message after a message", _with(lambda world, case: messaged(world, case, 29)), MESSAGE, ("line-message-cap",)),
    ("message a month after a message", _with(lambda world, case: messaged(world, case, 30)), MESSAGE, ()),
    ("message after a number", _with(lambda world, case: world.permit(case, START - DAY)), MESSAGE, ()),
    ("number after a message", _with(lambda world, case: messaged(world, case, 1)), {}, ()),
    ("number after a message answered not me", _with(lambda world, case: messaged(world, case, 1, "not-me")), {},
     ("contact-wrong-person",)),
    ("number after a message answered never", _with(lambda world, case: messaged(world, case, 1, "never")), {},
     ("contact-objected",)),
    ("number after a message answered will relay", _with(lambda world, case: messaged(world, case, 1, "will-relay")),
     {}, ()),
    ("number where messages come first", _ordered(nothing), {}, ("less-intrusive-first",)),
    ("number two days after the ordered message", _ordered(lambda world, case: messaged(world, case, 2)), {},
     ("less-intrusive-first",)),
    ("number four days after the ordered message", _ordered(lambda world, case: messaged(world, case, 4)), {}, ()),
    ("number after the ordered message was answered cannot",
     _ordered(lambda world, case: messaged(world, case, 1, "cannot")), {}, ()),
    ("number of one who agreed to no message", _ordered(nothing, contact=("number",)), {}, ()),
    ("call", _with(nothing), {"mode": "call"}, (
        "mode-not-allowed", "borrower-consent-scope", "contact-consent-scope", "approval-missing",
    )),
    ("borrower", _late(nothing), OWN, ()),
    ("borrower not overdue", lambda world: overdue(world, 0), OWN, ("account-not-overdue-enough",)),
    ("borrower with a dispute", _late(lambda world, case: world.hold(case, "dispute", when(-1))), OWN,
     ("hold-dispute",)),
    ("borrower who offered a callback", _late(_offers), OWN, ()),
    ("borrower whose telephone is a contact's", _late(lambda world, case: shares_a_line_as_contact(
        world, case, "voice")), OWN, ()),
    ("borrower with nothing but a contact's line", _late(lambda world, case: shares_a_line_as_contact(
        world, case, "voice"), channels=("voice", "sms")), OWN, ("line-is-contact",)),
    ("borrower without a channel", _late(nothing, channels=("post",)), OWN, ("no-channel",)),
    ("borrower called as often as allowed", _late(lambda world, case: dials_today(world, case, 3, RANG),
                                                  channels=("voice",)), OWN, ("borrower-cap",)),
    ("borrower called as often as allowed, with mail", _late(lambda world, case: dials_today(world, case, 3, RANG)),
     OWN, ()),
    ("borrower in the mode of messages", _late(nothing), {**OWN, "mode": "message"}, ("mode-not-allowed",)),
    ("borrower for a contact's purpose", _late(nothing), {**OWN, "purpose": "restore-contact"},
     ("purpose-not-allowed",)),
    ("borrower of another agency", lambda world: world.person(due=20), OWN, ("account-not-placed",)),
    ("contact for the borrower's purpose", _with(nothing), {"purpose": "contact-borrower"}, (
        "purpose-not-allowed", "script-missing", "borrower-consent-scope", "contact-consent-scope",
        "approval-missing",
    )),
]
