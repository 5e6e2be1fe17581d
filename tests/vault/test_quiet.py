"""At night no message goes out: neither where its reader lives nor where his line may ring."""

from __future__ import annotations

import os

import pytest

from registry.errors import ConflictError
from registry.model.ids import new_id
from registry.model.times import DAY, HOUR, MINUTE, parse_rfc3339, stamp
from registry.policy.pack import read_pack
from registry.shipped import shipped_packs
from registry.vault.quiet import minutes_until
from tests.vault.people import by_link, code_of, signed_in, terms
from tests.world import Person, World

DAYTIME = 480, 1200


def due(world: World) -> dict[str, bool]:
    """Template and medium of every message that stands to be sent, and whether it has to wait."""
    return {
        f"{one['template']} {one['medium']}": one.get("wait", False)
        for index in range(world.vault.desk.log.size)
        for one in world.vault.call("deliveries", {"index": index})["deliveries"]
    }


def now(world: World, moment: str) -> None:
    world.clock.at = parse_rfc3339(moment)


def borrower(
    world: World, *numbers: str, mail: str = "", residence: str = "CN", zone: str = "Asia/Shanghai",
) -> Person:
    channels = [{"medium": "sms", "value": one, "use": "personal"} for one in numbers]
    channels += [{"medium": "email", "value": mail, "use": "personal"}] if mail else []
    made = world.call(
        "register-borrower", by=world.lender.value(), id=new_id(os.urandom), name={"given": "Plainly Invented"},
        residence=residence, time_zone=zone, languages=["en"], channels=channels)
    person = Person(made["borrower"], "", "", "", mail, {one["medium"]: one["channel"] for one in made["channels"]})
    world.account(person)
    return person


def noticed(world: World, person: Person) -> None:
    world.call("notice", by=world.agency.value(), account=person.account)


def activate(world: World, text: str) -> None:
    pack = read_pack(text)
    world.sign("pack-activated/1", {
        **pack.id.value(), "text": text, "effective_from": stamp(world.clock.at)}, officers=2)


@pytest.mark.parametrize(("clock", "waits"), [
    ("03:00", True), ("07:59", True), ("08:00", False), ("19:59", False), ("20:00", True), ("20:30", True),
])
def test_a_contact_is_told_by_day_that_he_is_listed(world: World, clock: str, waits: bool) -> None:
    now(world, f"2026-11-20T{clock}:00+08:00")
    world.borrower()
    assert due(world) == {"contact-listed sms": waits}


def test_at_night_no_address_is_opened_and_in_the_morning_the_message_goes(world: World) -> None:
    now(world, "2026-11-20T22:00:00+08:00")
    person = world.borrower()
    size = world.vault.desk.log.size
    index = world.entry(person.contact).index
    (wanted,) = world.vault.call("deliveries", {"index": index})["deliveries"]
    with pytest.raises(ConflictError) as refused:
        world.vault.call("open-for-delivery", world.open_args(index, wanted))
    assert refused.value.code == "outside-hours"
    assert world.deliver() == []
    assert world.vault.desk.log.size == size
    now(world, "2026-11-21T08:00:00+08:00")
    assert [one["to"] for one in world.deliver()] == [person.contact_number]


def test_what_somebody_asked_for_himself_and_what_warns_him_goes_at_any_hour(world: World) -> None:
    person = world.borrower()
    world.account(person)
    world.deliver()
    now(world, "2026-11-20T03:00:00+08:00")
    assert signed_in(world, "borrower", person.number)
    made = world.call("give-consent", session=by_link(world, person), **terms(world, person))
    code = code_of(world, "borrower-consent-code", person.number)
    world.call("check-code", consent=made["consent"], code=code)
    told = [one["template"] for one in world.deliver()]
    assert told
    assert set(told) == {"borrower-told-consent"}


def test_an_invitation_waits_for_the_contacts_morning_though_the_borrower_asks_at_night(world: World) -> None:
    person = world.borrower()
    world.deliver()
    now(world, "2026-11-20T03:00:00+08:00")
    world.call("give-consent", session=by_link(world, person), **terms(world, person, "contact"))
    assert due(world) == {"contact-invitation sms": True}
    now(world, "2026-11-20T08:00:00+08:00")
    assert due(world) == {"contact-invitation sms": False}


def test_a_use_is_told_to_the_contact_at_once_and_to_a_borrower_for_whom_it_is_night_in_his_morning(
    world: World,
) -> None:
    person = world.unreachable()
    permit = world.lookup(person)
    assert permit["verdict"] == "permit"
    assert due(world)["use-contact sms"] is False
    assert {waits for what, waits in due(world).items() if what.startswith("use-borrower")} == {False}
    world.append("borrower-changed/1", {
        "borrower": person.borrower, "lender": world.lender.id, "residence": "GB", "time_zone": "Europe/London",
    }, world.lender)
    assert due(world)["use-contact sms"] is False
    assert {waits for what, waits in due(world).items() if what.startswith("use-borrower")} == {True}


@pytest.mark.parametrize(("clock", "waits"), [
    ("07:59", True),        # 08:59 in the zone ahead
    ("08:00", False), ("19:59", False),
    ("20:00", True),        # 21:00 there
])
def test_a_line_of_two_zones_is_written_to_while_it_is_day_in_both(world: World, clock: str, waits: bool) -> None:
    activate(world, shipped_packs()["us"].text)
    now(world, f"2026-11-20T{clock}:00-06:00")
    noticed(world, borrower(world, "+14235550101", residence="US-TN", zone="America/Chicago"))
    assert due(world) == {"borrower-notice sms": waits}


@pytest.mark.parametrize(("clock", "waits"), [("07:59", True), ("08:00", False), ("20:59", False), ("21:00", True)])
def test_a_mail_goes_by_the_hours_of_where_its_reader_lives(world: World, clock: str, waits: bool) -> None:
    now(world, f"2026-11-20T{clock}:00-06:00")
    noticed(world, borrower(world, mail="someone@demo.invalid", residence="US-TN", zone="America/Chicago"))
    assert due(world) == {"borrower-notice email": waits}


@pytest.mark.parametrize(("clock", "waits"), [("15:59", True), ("16:00", False), ("20:59", False), ("21:00", True)])
def test_a_foreign_line_waits_for_the_day_there_and_at_home(world: World, clock: str, waits: bool) -> None:
    now(world, f"2026-11-20T{clock}:00+08:00")     # London is eight hours behind
    noticed(world, borrower(world, "+447700900101"))
    assert due(world) == {"borrower-notice sms": waits}


def test_where_the_packs_leave_no_hour_the_floors_hold(world: World) -> None:
    text = shipped_packs()["cn"].text.replace('version = "2"', 'version = "3"', 1)
    row = '[parameters."hours.borrower"]\nvalue = '
    assert row in text
    start = text.index(row) + len(row)
    activate(world, text[:start] + '["22:00", "23:00"]' + text[text.index("\n", start):])
    for clock, waits in (("07:59", True), ("08:00", False), ("20:59", False), ("22:30", True)):
        now(world, f"2026-11-20T{clock}:00+08:00")
        noticed(world, borrower(world, mail="someone@demo.invalid"))
        assert due(world) == {"borrower-notice email": waits}, clock


def test_without_a_floor_there_are_no_hours(world: World) -> None:
    now(world, "2026-11-20T03:00:00+08:00")
    world.borrower()
    del world.vault.desk.directory.packs["floor"]
    assert due(world) == {"contact-listed sms": False}


def test_who_moved_is_written_to_in_the_day_of_the_new_place(world: World) -> None:
    now(world, "2026-11-20T12:00:00+08:00")     # 04:00 in London
    person = borrower(world, mail="someone@demo.invalid")
    noticed(world, person)
    assert due(world) == {"borrower-notice email": False}
    world.append("borrower-changed/1", {
        "borrower": person.borrower, "lender": world.lender.id, "residence": "GB", "time_zone": "Europe/London",
    }, world.lender)
    assert due(world) == {"borrower-notice email": True}


@pytest.mark.parametrize(("told_at", "waits"), [
    ("20:01", False),   # a minute after the hours, of a use within them
    ("20:58", False),
    ("21:00", True),    # the courier was down: no news any more
])
def test_a_use_at_the_end_of_the_hours_is_told_at_once_and_not_the_next_morning(
    world: World, told_at: str, waits: bool,
) -> None:
    person = world.unreachable()
    hours = (19 * 60 + 59) * MINUTE - (world.clock.at + 8 * HOUR) % DAY
    world.clock.at += hours
    world.feeds()
    assert world.lookup(person)["verdict"] == "permit"
    after = sum(int(part) * size for part, size in zip(told_at.split(":"), (60, 1), strict=True))
    world.clock.at += (after - (19 * 60 + 59)) * MINUTE
    assert due(world)["use-contact sms"] is waits


def test_what_waits_says_until_when(world: World) -> None:
    now(world, "2026-11-20T22:30:20+08:00")
    person = world.borrower()
    index = world.entry(person.contact).index
    (wanted,) = world.vault.call("deliveries", {"index": index})["deliveries"]
    assert (wanted["wait"], wanted["until"]) == (True, stamp(parse_rfc3339("2026-11-21T08:00:00+08:00")))


def test_a_contact_known_to_live_elsewhere_is_written_to_in_the_hours_of_both_packs(world: World) -> None:
    activate(world, shipped_packs()["in"].text)     # until 19:00
    now(world, "2026-11-20T19:30:00+08:00")
    world.borrower()
    there = borrower(world)
    world.call(
        "register-contact", by=world.lender.value(), id=new_id(os.urandom), borrower=there.borrower,
        number="+8610000000901", name="Also Invented", relation="friend", rank=1, languages=["en"],
        residence="IN")
    assert [one.get("wait", False) for one in listed(world)] == [False, True]


def listed(world: World) -> list[dict[str, object]]:
    return [one for index in range(world.vault.desk.log.size)
            for one in world.vault.call("deliveries", {"index": index})["deliveries"]]


def test_where_no_moment_is_day_in_all_zones_the_first_ones_day_counts() -> None:
    noon = 720
    assert minutes_until([noon, 0], DAYTIME) == 0, "half a world apart it would wait for ever"
    assert minutes_until([0, noon], DAYTIME) == 480
    # Eleven hours behind: there is an hour, later, that is day in both.
    assert minutes_until([noon, 60], DAYTIME) == 420
    assert minutes_until([1199, 539], DAYTIME) == 0
    assert minutes_until([1200], DAYTIME) == 720
    assert minutes_until([479], DAYTIME) == 1
