from __future__ import annotations

import json
import os
from typing import Any

import pytest

from registry import jose
from registry.errors import ConflictError, ConsentryError, MalformedError, NotFoundError, UnavailableError
from registry.model.ids import new_id
from tests.vault_engine import lose_transaction
from tests.world import World


def borrower(world: World, **changes: Any) -> dict[str, Any]:
    return {
        "by": world.lender.value(), "id": new_id(os.urandom), "name": {"given": "Ming"}, "residence": "CN",
        "languages": ["zh-CN"], "channels": [{"medium": "sms", "value": "+8610000000042", "use": "personal"}],
    } | changes


def contact(world: World, of: str, **changes: Any) -> dict[str, Any]:
    return {
        "by": world.lender.value(), "id": new_id(os.urandom), "borrower": of, "name": "Li Na", "relation": "friend",
        "number": "+8610000000077", "languages": ["zh"], "rank": 2,
    } | changes


def test_no_entry_of_a_deposit_holds_a_value(world: World) -> None:
    made = world.call("register-borrower", **borrower(world, name={"given": "Mingming", "family": "Zhangsan"}))
    world.call("register-contact", **contact(world, made["borrower"], name="Wangwu"))
    text = json.dumps([entry.draft.value() for entry in world.entries()])
    for value in ("0000000042", "0000000077", "Mingming", "Zhangsan", "Wangwu"):
        assert value not in text
    names = {(blob["subject"], blob["name"]) for blob in made["blobs"]}
    assert names == {(made["borrower"], "name"), (made["borrower"], made["channels"][0]["channel"])}


@pytest.mark.parametrize("spelling", [
    "+86 1000 000 0042", "tel:+8610000000042", "１００００００００４２", "0086-10000000042", "+86 (0) 10000000042",
])
def test_every_spelling_of_a_number_is_one_line(world: World, spelling: str) -> None:
    made = [
        world.call("register-borrower", **borrower(world, channels=[
            {"medium": "voice", "value": value, "use": "personal"}]))
        for value in ("+8610000000042", spelling)
    ]
    first, second = (world.entry(one["channels"][0]["channel"]).body["line"] for one in made)
    assert first == second


def test_voice_and_text_of_one_number_are_one_line_and_mail_is_another(world: World) -> None:
    person = world.borrower()
    lines = {medium: world.entry(channel).body["line"] for medium, channel in person.channels.items()}
    assert lines["voice"] == lines["sms"] != lines["email"]
    body = world.entry(person.channels["voice"]).body
    assert (body["region"], body["zones"]) == ("CN", ["Asia/Shanghai"])


@pytest.mark.parametrize(("medium", "value", "mobile"), [
    ("voice", "+8610000000042", True), ("voice", "010 6552 9988", False), ("sms", "+8610000000042", None),
    ("email", "ming@demo.invalid", None),
])
def test_the_vault_says_of_a_voice_channel_whether_it_may_be_a_mobile(
    world: World, medium: str, value: str, mobile: bool | None
) -> None:
    made = world.call("register-borrower", **borrower(world, channels=[
        {"medium": medium, "value": value, "use": "personal"}]))
    assert world.entry(made["channels"][0]["channel"]).body.get("mobile") is mobile


def test_an_address_may_come_as_a_jwe_that_only_the_vault_opens(world: World) -> None:
    enc = world.vault.call("keys", {})["jwks"]["keys"][1]
    sealed = jose.encrypt("+8610000000042", enc)
    made = world.call("register-borrower", **borrower(world, channels=[
        {"medium": "sms", "jwe": sealed, "use": "personal"}]))
    plain = world.call("register-borrower", **borrower(world))
    lines = [world.entry(one["channels"][0]["channel"]).body["line"] for one in (made, plain)]
    assert lines[0] == lines[1]
    with pytest.raises(MalformedError):
        world.call("register-borrower", **borrower(world, channels=[
            {"medium": "sms", "jwe": sealed[:-8] + "AAAAAAAA", "use": "personal"}]))


@pytest.mark.parametrize("changes", [
    {"name": {"given": ""}}, {"name": {"given": "   "}}, {"name": {"given": "x" * 41}},
    {"name": {"given": "e\u0301"}},
    {"name": {"given": "a\nb"}}, {"name": {"given": "a\x00b"}}, {"name": "Ming"}, {"residence": "China"},
    {"channels": [{"medium": "sms", "value": "12", "use": "personal"}]},
    {"channels": [{"medium": "sms", "value": "+8610000000042;ext=5", "use": "personal"}]},
    {"channels": [{"medium": "email", "value": "nobody", "use": "personal"}]},
    {"channels": [{"medium": "sms", "use": "personal"}]},
    {"channels": [{"medium": "sms", "value": "+8610000000042", "jwe": "a.b", "use": "personal"}]},
    {"channels": [{"medium": "fax", "value": "+8610000000042", "use": "personal"}]},
    {"time_zone": "Europe/Berlin"}, {"residence": "US"}, {"languages": []}, {"id": "x"}, {"surplus": 1},
])
def test_values_are_checked_again_here_and_never_repeated(world: World, changes: dict[str, Any]) -> None:
    size = world.vault.desk.log.size
    with pytest.raises(MalformedError) as caught:
        world.call("register-borrower", **borrower(world, **changes))
    assert "0042" not in caught.value.detail
    assert world.vault.desk.log.size == size


def test_a_zone_is_named_where_several_are_kept(world: World) -> None:
    made = world.call("register-borrower", **borrower(world, residence="US", time_zone="America/Chicago"))
    assert world.entry(made["borrower"]).body["time_zone"] == "America/Chicago"
    made = world.call("register-borrower", **borrower(world, residence="US-MA"))
    assert world.entry(made["borrower"]).body["time_zone"] == "America/New_York"


def test_an_id_is_registered_once(world: World) -> None:
    args = borrower(world)
    world.call("register-borrower", **args)
    with pytest.raises(ConflictError) as caught:
        world.call("register-borrower", **args)
    assert caught.value.code == "ref-exists"


def test_a_deposit_repeated_with_its_key_gives_the_same_blobs_again(world: World) -> None:
    args = borrower(world) | {"idem": {"scope": "s", "key": "k", "request": {"ref": "b-1"}}}
    first = world.call("register-borrower", **args)
    world.reopen()
    assert world.call("register-borrower", **args) | {"proof": ""} == first | {"proof": ""}


def test_a_key_left_behind_by_a_crash_does_not_lock_the_id(world: World) -> None:
    args = borrower(world)
    world.vault.desk.keys.new_subject(args["id"])
    assert world.call("register-borrower", **args)["borrower"] == args["id"]


def test_only_the_registered_lender_deposits(world: World) -> None:
    stranger = world._party("lender", "Other Lender")
    person = world.borrower()
    officer = {"role": "officer", "id": world.officers[0].id}
    for by in ({"role": "lender", "id": new_id(os.urandom)}, world.agency.value(), officer):
        with pytest.raises(ConsentryError):
            world.call("register-borrower", **borrower(world, by=by))
    with pytest.raises(NotFoundError):
        world.call("register-contact", **contact(world, person.borrower, by=stranger.value()))
    with pytest.raises(NotFoundError):
        world.call("add-channel", by=stranger.value(), borrower=person.borrower, medium="sms",
                   value="+8610000000043", use="personal")


def test_a_deposit_of_a_contact_answers_the_same_whatever_is_known_of_the_line(world: World) -> None:
    objector = world.borrower()
    world.deliver(objector)
    world.call("answer", token=objector.token, answer="object")
    other = world.borrower()
    answers = [
        world.call("register-contact", **contact(world, other.borrower, number=number))
        for number in (objector.contact_number, other.number, "+8610000000055")
    ]
    shapes = [{name: type(one[name]) for name in one} for one in answers]
    assert shapes[0] == shapes[1] == shapes[2]
    sizes = {len(json.dumps([blob["blob"] for blob in one["blobs"]])) for one in answers}
    assert len(sizes) == 1


def test_contacts_and_channels_are_bounded(world: World) -> None:
    person = world.borrower()
    for n in range(4):
        world.call("register-contact", **contact(world, person.borrower, number=f"+861000000600{n}"))
    with pytest.raises(ConflictError) as caught:
        world.call("register-contact", **contact(world, person.borrower, number="+8610000006009"))
    assert caught.value.code == "contacts-full"


def test_a_failing_disk_answers_nobody_and_the_vault_goes_on(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    import sqlite3

    person = world.borrower()
    size = world.vault.desk.log.size
    log = world.vault.desk.log

    def full() -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(log, "_integrate", full)
        outcomes = world.vault.round([
            ("append", {"entry": world.draft("releases-stopped/1", {}, world.lender).value()}),
            ("register-contact", contact(world, person.borrower)), ("log-now", {}), ("no-op", {}),
        ])
    assert [isinstance(one, UnavailableError) for one in outcomes] == [True, True, False, False]
    assert world.vault.desk.log.size == size
    assert not world.vault.desk.directory.stopped
    world.append("releases-stopped/1", {}, world.lender)
    assert world.vault.desk.directory.stopped


def test_keys_that_cannot_be_kept_leave_no_entry_that_names_them(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = world.borrower()
    before = [entry.id for entry in world.entries()]
    store = world.vault.desk.keys._store

    def lost() -> None:
        lose_transaction(store)
        store._wrote = False
        raise UnavailableError("the vault's keys cannot be written; try again later")

    with monkeypatch.context() as patch:
        patch.setattr(store, "_commit", lost)
        outcomes = world.vault.round([
            ("register-contact", contact(world, person.borrower)),
            ("append", {"entry": world.draft("releases-stopped/1", {}, world.lender).value()}), ("log-now", {}),
        ])
    assert [isinstance(one, UnavailableError) for one in outcomes] == [True, True, False]
    assert [entry.id for entry in world.entries()] == before
    assert world.call("register-contact", **contact(world, person.borrower))["contact"]
    world.reopen()
    assert len(world.entries()) == len(before) + 1
