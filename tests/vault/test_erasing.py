"""Erasing: closed at once, destroyed after 72 hours unless cancelled, for good; what others are owed stays."""

from __future__ import annotations

import base64
import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from registry.errors import ConflictError, ConsentryError, IntegrityError, MalformedError, UnavailableError
from registry.model.entries import Actor
from registry.model.times import DAY, HOUR, MINUTE
from registry.vault import erasing
from registry.vault.keys.sqlite import SqliteKeyStore
from registry.vault.vault import Vault
from tests.databases import only_sqlite
from tests.vault.test_complaints import complain, settled
from tests.world import Person, World


def ask(world: World, person: Person, role: str = "borrower", by: Actor | None = None) -> None:
    subject = person.borrower if role == "borrower" else person.contact
    world.append("erasure-requested/1", {"subject": subject, "role": role, "borrower": person.borrower},
                 by or world.lender)


def cancel(world: World, person: Person, role: str = "borrower") -> dict[str, Any]:
    subject = person.borrower if role == "borrower" else person.contact
    return world.sign("erasure-cancelled/1", {"subject": subject, "role": role, "borrower": person.borrower})


def chore(world: World) -> list[str]:
    """One round of chores: the kinds of what they wrote."""
    return [one["entry"]["kind"] for one in world.call("keep-house")["entries"]]


def opens(world: World, subject: str, name: str) -> bool:
    try:
        world.vault.desk.keys.unseal(subject, name, base64.b64decode(world.blobs[subject, name]))
    except MalformedError as error:
        return error.code != "blob-refused"
    return True


def erase(world: World, person: Person, role: str = "borrower") -> None:
    ask(world, person, role)
    world.clock.at += 72 * HOUR + 1
    chore(world)
    chore(world)


def test_it_is_closed_at_once_and_destroyed_after_72_hours(world: World) -> None:
    person, other = world.unreachables(2)
    asked = world.clock.at
    ask(world, person)
    assert world.codes(world.lookup(person)) == ["account-not-placed"]
    world.clock.at = asked + 72 * HOUR
    assert chore(world) == []
    assert opens(world, person.borrower, "name")
    world.clock.at += 1
    assert chore(world) == ["erased/1", "erased/1"]
    chore(world)
    (first, second) = world.entries("erased/1")
    request = world.entries("erasure-requested/1")[0].id
    assert first.body == {
        "subject": person.borrower, "role": "borrower", "borrower": person.borrower, "requested": request}
    assert second.body == {
        "subject": person.contact, "role": "contact", "borrower": person.borrower, "requested": request}
    for subject, name in ((person.borrower, "name"), (person.borrower, person.channels["sms"]),
                          (person.contact, "name"), (person.contact, "number")):
        assert not opens(world, subject, name)
    assert opens(world, other.contact, "number")
    assert world.codes(world.lookup(person)) == ["account-not-placed"]
    assert chore(world) == [], "once"


def test_no_key_goes_in_the_very_round_that_says_so(world: World) -> None:
    person = world.borrower()
    ask(world, person)
    world.clock.at += 73 * HOUR
    # Whoever reaches the socket can ask for chores, twice in one round: which may yet be lost.
    destroyed = []
    destroy = world.vault.desk.keys.destroy

    def seen(subjects: Any) -> int:
        destroyed.append(world.vault.desk.log.size == world.vault.desk.log.signed)
        return destroy(subjects)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(world.vault.desk.keys), "destroy", lambda _keys, subjects: seen(subjects))
        world.vault.round([("keep-house", {}), ("keep-house", {})])
        assert destroyed == []
        chore(world)
    assert destroyed == [True]
    assert not world.vault.desk.keys.has_subject(person.borrower)


def test_the_entry_comes_first_and_the_key_goes_at_the_next_chore_or_start(world: World) -> None:
    person = world.borrower()
    ask(world, person)
    world.clock.at += 73 * HOUR
    assert chore(world) == ["erased/1", "erased/1"]
    assert world.vault.desk.keys.has_subject(person.borrower)
    world.reopen()
    assert not world.vault.desk.keys.has_subject(person.borrower)


def test_a_contact_alone_is_erased_without_the_borrower(world: World) -> None:
    person = world.unreachable()
    erase(world, person, "contact")
    assert not opens(world, person.contact, "number")
    assert opens(world, person.borrower, "name")
    assert "contact-erased" in world.codes(world.lookup(person))


def test_officers_cancel_within_72_hours_and_nobody_afterwards(world: World) -> None:
    kept, gone = world.borrower(), world.borrower()
    ask(world, kept)
    ask(world, gone)
    world.clock.at += 72 * HOUR
    cancel(world, kept)
    world.clock.at += 1
    with pytest.raises(ConflictError) as refused:
        cancel(world, gone)
    assert refused.value.code == "erasure-over"
    chore(world)
    chore(world)
    assert opens(world, kept.borrower, "name")
    assert not opens(world, gone.borrower, "name")
    with pytest.raises(ConflictError):
        cancel(world, gone)
    ask(world, kept)
    world.clock.at += 73 * HOUR
    assert chore(world) == ["erased/1", "erased/1"], "asked again, counted again"


def test_asking_again_postpones_nothing(world: World) -> None:
    person = world.borrower()
    ask(world, person)
    world.clock.at += 71 * HOUR
    ask(world, person)
    world.clock.at += 2 * HOUR
    assert chore(world) == ["erased/1", "erased/1"]
    ask(world, person)
    world.clock.at += 80 * HOUR
    assert chore(world) == [], "nobody is erased twice"


def test_a_burst_of_requests_destroys_nothing_until_an_officer_has_looked(world: World) -> None:
    people = [world.borrower() for _ in range(21)]
    for person in people[:20]:
        ask(world, person)
        world.clock.at += MINUTE
    assert chore(world) == []
    ask(world, people[20])
    (alarm,) = world.call("keep-house")["entries"]
    assert alarm["entry"]["body"] == {"alarm": "erasure-burst", "count": 21}
    world.clock.at += 80 * HOUR
    assert chore(world) == [], "neither destroyed, nor told of twice"
    cancel(world, people[0])
    world.reopen()
    assert chore(world) == [], "also after a start"
    close_alarm(world, alarm["entry"]["id"])
    with pytest.raises(ConflictError):
        cancel(world, people[1])
    assert chore(world).count("erased/1") == 40
    chore(world)
    assert opens(world, people[0].borrower, "name")
    assert not any(opens(world, one.borrower, "name") for one in people[1:])


def close_alarm(world: World, alarm: str) -> None:
    world.sign("alarm-closed/1", {"alarm": alarm})


def test_twenty_an_hour_are_no_burst(world: World) -> None:
    people = [world.borrower() for _ in range(22)]
    for person in people:
        ask(world, person)
        world.clock.at += 3 * MINUTE
    world.clock.at += 73 * HOUR
    assert "alarm-raised/3" not in chore(world)


@only_sqlite("its files are copied")
def test_an_old_copy_of_the_keys_is_destroyed_again_before_anything_is_answered(world: World, tmp_path: Path) -> None:
    """P3: what was erased stays erased after a restore; so does what somebody objected to."""
    person, other = world.unreachables(2)
    world.vault.close()
    shutil.copy(world.folder / "vault" / "keys.db", tmp_path / "old.db")
    world.vault = Vault.open(world.folder / "vault", world.kek, world.clock, os.urandom, demo=True)
    objects(world, other)
    erase(world, person)
    world.vault.close()
    for file in (world.folder / "vault").glob("keys.db*"):
        file.unlink()
    shutil.copy(tmp_path / "old.db", world.folder / "vault" / "keys.db")
    with sqlite3.connect(tmp_path / "old.db") as old:
        assert old.execute("SELECT count(*) FROM subjects WHERE subject = ?", (person.borrower,)).fetchone() == (1,)
    world.vault = Vault.open(world.folder / "vault", world.kek, world.clock, os.urandom, demo=True)
    assert not world.vault.desk.keys.has_subject(person.borrower)
    assert not opens(world, person.contact, "number")
    assert "contact-objected" in world.codes(world.lookup(other))
    assert known(world, person.contact_number), "it came back with the copy"
    chore(world)
    assert not known(world, person.contact_number)
    assert known(world, other.contact_number)


@only_sqlite("its files are copied")
def test_keys_older_than_a_registration_are_refused_with_words(world: World, tmp_path: Path) -> None:
    world.borrower()
    world.vault.close()
    shutil.copy(world.folder / "vault" / "keys.db", tmp_path / "old.db")
    world.vault = Vault.open(world.folder / "vault", world.kek, world.clock, os.urandom, demo=True)
    world.borrower()
    world.vault.close()
    shutil.copy(tmp_path / "old.db", world.folder / "vault" / "keys.db")
    with pytest.raises(IntegrityError) as refused:
        Vault.open(world.folder / "vault", world.kek, world.clock, os.urandom, demo=True)
    assert refused.value.code == "keys-behind"
    assert "newest copy" in refused.value.detail


@only_sqlite("its files are copied")
def test_nothing_of_the_key_is_left_in_the_vaults_files(world: World) -> None:
    person = world.borrower()
    world.borrower()
    store = world.vault.desk.keys._store
    assert isinstance(store, SqliteKeyStore)
    wrapped = store._driver.execute(
        "SELECT wrapped FROM subjects WHERE subject = ?", (person.contact,)).fetchone()[0]
    erase(world, person)
    world.vault.desk.keys._store.scrub()
    left = b"".join(file.read_bytes() for file in (world.folder / "vault").glob("keys.db*"))
    assert wrapped not in left
    assert person.contact.encode() not in left


# Lines


def line_of(world: World, contact: str) -> str:
    line: str = world.entry(contact).body["line"]
    return line


def known(world: World, number: str) -> bool:
    return world.vault.desk.keys.known_line(number) is not None


def objects(world: World, person: Person) -> None:
    world.call("object", by=Actor("contact", person.contact).value(), contact=person.contact, through="portal")


def test_a_line_with_an_open_complaint_on_it_is_kept_until_that_is_settled(world: World) -> None:
    person = world.borrower()
    filed = complain(world, Actor("contact", person.contact), person, "contact", contact=person.contact,
                     about="lender")["complaint"]
    erase(world, person)
    assert known(world, person.contact_number)
    world.sign("complaint-settled/1", settled(world, filed))
    world.clock.at += DAY
    chore(world)
    assert not known(world, person.contact_number)


def test_a_line_that_nothing_speaks_for_is_forgotten(world: World) -> None:
    person = world.borrower()
    erase(world, person)
    assert not known(world, person.contact_number)
    assert not known(world, person.number)
    assert not known(world, person.mail)


def test_a_line_that_somebody_objected_on_is_kept_and_the_objection_holds_for_whoever_names_it(world: World) -> None:
    person = world.unreachable()
    objects(world, person)
    erase(world, person)
    assert known(world, person.contact_number)
    late = world.borrower(contact_number=person.contact_number)
    world.account(late)
    assert line_of(world, late.contact) == line_of(world, person.contact)
    assert "contact-objected" in world.codes(world.lookup(late))


def test_a_line_with_a_cap_on_it_is_kept_for_as_long_as_a_cap_may_count(world: World) -> None:
    person = world.unreachable()
    assert world.lookup(person)["verdict"] == "permit"
    erase(world, person)
    chore(world)
    assert known(world, person.contact_number)
    assert not known(world, person.mail)
    world.clock.at += 400 * DAY
    chore(world)
    assert not known(world, person.contact_number)


def test_a_line_that_another_borrower_named_is_kept(world: World) -> None:
    person = world.borrower()
    other = world.borrower(contact_number=person.contact_number)
    erase(world, person)
    assert known(world, person.contact_number)
    erase(world, other)
    world.clock.at += DAY
    chore(world)
    assert not known(world, person.contact_number)


# Every write broken twice


@only_sqlite("its driver is broken")
@pytest.mark.parametrize("persisted", [False, True])
def test_a_destruction_that_cannot_be_written_is_done_again(world: World, persisted: bool) -> None:
    person = world.borrower()
    ask(world, person)
    world.clock.at += 73 * HOUR
    chore(world)
    store = world.vault.desk.keys._store
    assert isinstance(store, SqliteKeyStore)
    commit = store._commit

    def breaks() -> None:
        store._commit = commit  # type: ignore[method-assign]
        if persisted:
            commit()
        else:
            store._connection.exec_driver_sql("ROLLBACK")
            store._wrote = False
            store.losses += 1
        raise UnavailableError("the vault's keys cannot be written; try again later")

    store._commit = breaks  # type: ignore[method-assign]
    with pytest.raises(UnavailableError):
        chore(world)
    assert world.vault.desk.keys.has_subject(person.borrower) != persisted
    chore(world)
    assert not world.vault.desk.keys.has_subject(person.borrower)
    assert len(world.entries("erased/1")) == 2


POINTS = ("received", "inside-integrate", "integrated", "signed", "guarded", "published")


@pytest.mark.parametrize("point", POINTS)
def test_an_erasure_broken_at_any_point_of_the_log_is_carried_out_once(world: World, point: str) -> None:
    person = world.borrower()
    ask(world, person)
    world.clock.at += 73 * HOUR
    broken_at(world, point, lambda: chore(world))
    world.reopen()
    chore(world)
    chore(world)
    assert len(world.entries("erased/1")) == 2
    assert not world.vault.desk.keys.has_subject(person.borrower)
    assert not world.vault.desk.keys.has_subject(person.contact)


def broken_at(world: World, point: str, act: Callable[[], object]) -> None:
    class Broken(Exception):
        pass

    def fault(reached: str) -> None:
        if reached == point:
            raise Broken

    world.vault.desk.log._faults = fault
    with pytest.raises((Broken, ConsentryError)):
        act()


def test_a_start_looks_for_the_newest_registrations_however_far_back_they_are(world: World) -> None:
    person = world.borrower()
    for _ in range(erasing.NEWEST):
        world.append("releases-stopped/1", {}, Actor("web"))
    newest = [one.id for one in erasing._newest(world.vault.desk)]
    assert person.contact in newest
