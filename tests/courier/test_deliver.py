"""Messages: asked for by entries, opened by the vault, sent at least once, told to the log (promise P8)."""

from __future__ import annotations

from typing import Any

import pytest

from registry.courier.outbox import FileOutbox, Message
from registry.errors import IntegrityError, UnavailableError
from registry.model.times import DAY, HOUR, SECOND, stamp
from tests.courier.world import (
    ACCOUNT,
    AGENCY,
    BORROWER,
    CHANNEL,
    CONTACT,
    CONTACT_PHONE,
    LENDER,
    LINE,
    START,
    Killed,
    World,
    killed_at,
    named,
)

REGISTERED = {
    "contact": CONTACT, "borrower": BORROWER, "lender": LENDER, "rank": 1, "relation": "parent", "languages": ["zh"],
    "name_sha256": "0" * 64, "line": LINE, "blob_sha256": "1" * 64,
}
TERMS = {
    "consent": named("consent"), "giver": "contact", "lender": LENDER, "borrower": BORROWER, "contact": CONTACT,
    "line": LINE, "method": "message", "separate": True, "given_at": stamp(START), "expires_at": stamp(START + DAY),
    "scope": {"purposes": ["restore-contact"], "modes": ["number"], "data": ["phone"],
              "grantee": {"role": "entrusted"}, "max_uses": 1},
    "notice": {"id": "n", "version": "1", "language": "zh", "sha256": "2" * 64}, "terms_sha256": "3" * 64,
}
NOTICE = {"notice": named("notice"), "account": ACCOUNT, "borrower": BORROWER, "agency": AGENCY}
DECIDED = {
    "lookup": named("lookup"), "account": ACCOUNT, "client": AGENCY, "agent": "A1", "about": "contact",
    "purpose": "restore-contact", "mode": "number", "verdict": "permit", "reasons": [], "system": [], "as_of": 1,
    "rules": "1", "packs": [], "offsets": [], "borrower": BORROWER, "contact": CONTACT, "line": LINE,
}
OPENED = named("opened 1")


def listed(world: World) -> int:
    return world.asks("contact-listed", "contact-registered/1", REGISTERED)


def invited(world: World) -> int:
    return world.asks("contact-invitation", "consent-requested/1", TERMS)


def test_a_contact_is_told_of_being_listed_and_the_log_is_told_of_it(world: World) -> None:
    listed(world)
    assert world.deliver() == 1
    [message] = world.outbox.messages()
    assert (message["to"], message["medium"], message["language"]) == (CONTACT_PHONE, "sms", "zh")
    assert message["at"] == stamp(START)
    assert f"https://demo.invalid/r/{named('token')}" in message["text"]
    assert "code" not in message
    assert world.vault.bodies("contact-informed/1") == [
        {"contact": CONTACT, "borrower": BORROWER, "line": LINE, "opened": OPENED, "language": "zh"}]


def test_an_invitation_carries_the_code_and_the_log_does_not(world: World) -> None:
    invited(world)
    world.deliver()
    [message] = world.outbox.messages()
    assert message["code"] == "123456"
    assert "123456" in message["text"]
    [sent] = world.vault.bodies("code-sent/1")
    assert sent == {"consent": named("consent"), "contact": CONTACT, "borrower": BORROWER, "line": LINE,
                    "opened": OPENED, "language": "zh"}


def test_a_notice_goes_to_each_channel_and_brings_its_receipt(world: World) -> None:
    index = world.asks("borrower-notice", "notice-requested/1", NOTICE, CHANNEL)
    [first] = world.vault.messages[index]
    world.vault.messages[index].append({**first, "channel": named("mail"), "medium": "email"})
    assert world.deliver() == 2
    sent = world.vault.bodies("notice-sent/1")
    assert {(one["channel"], one["medium"]) for one in sent} == {(CHANNEL, "sms"), (named("mail"), "email")}
    assert all(one["account"] == ACCOUNT and one["notice"] == named("notice") for one in sent)
    receipts = world.vault.bodies("notice-receipt/1")
    assert {(one["channel"], one["status"]) for one in receipts} == {
        (CHANNEL, "delivered"), (named("mail"), "delivered")}


def test_borrower_and_contact_are_told_of_a_use(world: World) -> None:
    index = world.asks("use-borrower", "lookup-decided/1", DECIDED, CHANNEL)
    world.vault.messages[index].append({
        "template": "use-contact", "subject": CONTACT, "medium": "sms", "blobs": ["number"]})
    assert world.deliver() == 2
    assert {(one["to"], one["lookup"]) for one in world.vault.bodies("use-told/1")} == {
        ("borrower", named("lookup")), ("contact", named("lookup"))}


def test_a_denied_lookup_is_told_to_nobody_and_not_even_asked_about(world: World) -> None:
    world.asks("use-contact", "lookup-decided/1", {**DECIDED, "verdict": "deny", "reasons": ["contact-objected"]})
    assert world.deliver() == 0
    assert "deliveries" not in world.vault.calls


def test_following_tells_the_vault_that_the_courier_lives(world: World) -> None:
    world.courier.follow()
    assert world.vault.alive


def test_following_again_from_the_beginning_sends_nothing_twice(world: World) -> None:
    listed(world)
    world.deliver()
    world.deliver()
    world.restart()
    assert world.deliver() == 0
    assert len(world.outbox.messages()) == len(world.vault.bodies("contact-informed/1")) == 1


def test_one_reminder_is_sent_after_three_days_and_no_second(world: World) -> None:
    invited(world)
    world.deliver()
    world.clock.pass_(3 * DAY - SECOND)
    assert world.deliver() == 0
    world.clock.pass_(SECOND)
    assert world.deliver() == 1
    world.clock.pass_(30 * DAY)
    assert world.deliver() == 0
    assert len(world.vault.bodies("code-sent/1")) == 2


def test_who_has_answered_is_not_reminded(world: World) -> None:
    index = invited(world)
    world.deliver()
    world.vault.messages[index] = []
    world.clock.pass_(4 * DAY)
    assert world.deliver() == 0
    assert len(world.outbox.messages()) == 1


@pytest.mark.parametrize(("op", "messages", "openings"), [
    ("follow", 1, 1), ("deliveries", 1, 1), ("open-for-delivery", 1, 2), ("append", 1, 1),
])
@pytest.mark.parametrize("persisted", [False, True])
def test_a_kill_at_any_call_to_the_vault_loses_no_message_and_no_entry(
    world: World, op: str, messages: int, openings: int, persisted: bool,
) -> None:
    index = listed(world)
    if persisted:
        world.vault.after = killed_at(op)
    else:
        world.vault.before = killed_at(op)
    with pytest.raises(Killed):
        world.deliver()
    world.restart()
    world.deliver()
    assert len(world.outbox.messages()) == messages
    assert len(world.vault.bodies("contact-informed/1")) == 1
    # An address that was opened for nothing stays in the log: `open-for-delivery` that was killed after it happened.
    assert world.vault.opened.count((index, "contact-listed", None)) == (openings if persisted else 1)


class Twice(FileOutbox):
    """Hands the message over and dies before anybody can note it."""

    handed = 0

    def send(self, message: Message) -> Any:
        super().send(message)
        self.handed += 1
        if self.handed == 1:
            raise Killed("between send and record")
        return "delivered"


def test_a_kill_between_send_and_record_sends_the_same_message_again_with_the_same_id_and_code(world: World) -> None:
    # Stated plainly: the person may get this message twice; the log tells of two openings and one sending.
    invited(world)
    world.outbox = Twice(world.folder / "outbox")
    world.restart()
    with pytest.raises(Killed):
        world.deliver()
    [first] = world.outbox.messages()
    world.restart()
    world.deliver()
    assert world.outbox.handed == 2
    [second] = world.outbox.messages()
    assert (first["id"], first["code"]) == (second["id"], second["code"])
    assert len(world.vault.opened) == 2
    assert len(world.vault.bodies("code-sent/1")) == 1


class Down(FileOutbox):
    """A transport that takes nothing while it is down."""

    down = True
    tries = 0

    def send(self, message: Message) -> Any:
        self.tries += 1
        if self.down:
            raise UnavailableError("down", code="transport-unavailable")
        return super().send(message)


def test_while_the_transport_is_down_the_address_is_opened_once_and_tries_grow_rarer(world: World) -> None:
    listed(world)
    world.outbox = outbox = Down(world.folder / "outbox")
    world.restart()
    for _ in range(600):
        world.deliver()
        world.clock.pass_(SECOND)
    assert len(world.vault.opened) == 1
    assert 8 <= outbox.tries <= 14
    outbox.down = False
    world.clock.pass_(HOUR)
    assert world.deliver() == 1
    assert len(world.vault.bodies("contact-informed/1")) == 1


def test_after_a_long_absence_of_the_transport_the_next_try_comes_within_an_hour(world: World) -> None:
    listed(world)
    world.outbox = outbox = Down(world.folder / "outbox")
    world.restart()
    for _ in range(20):
        world.deliver()
        world.clock.pass_(HOUR)
    assert outbox.tries == 20
    outbox.down = False
    assert world.deliver() == 1


def test_who_objects_while_the_transport_is_down_is_not_written_to_when_it_is_back(world: World) -> None:
    index = invited(world)
    world.outbox = outbox = Down(world.folder / "outbox")
    world.restart()
    world.deliver()
    assert len(world.vault.opened) == 1
    world.vault.messages[index] = []
    outbox.down = False
    world.clock.pass_(HOUR)
    assert world.deliver() == 0
    assert world.outbox.messages() == []


def test_a_value_still_on_its_way_into_the_database_is_waited_for(world: World) -> None:
    listed(world)
    assert world.courier.deliver_due(lambda subject, names: {}) == 0
    assert world.vault.opened == []
    world.clock.pass_(SECOND)
    assert world.deliver() == 1


def test_a_value_that_never_comes_is_given_up(world: World) -> None:
    listed(world)
    for _ in range(20):
        world.courier.deliver_due(lambda subject, names: {})
        world.clock.pass_(2 * HOUR)
    assert world.deliver() == 0
    assert world.courier.wants() == []


def test_what_the_vault_refuses_to_open_is_dropped_and_others_go_on(world: World) -> None:
    listed(world)
    invited(world)
    world.courier.follow()
    bad, good = world.courier.wants()
    assert world.courier.send(bad["delivery"], {"name": b"not that value"}) is False
    assert world.courier.send(good["delivery"], {"name": b"sealed"}) is True
    assert world.courier.wants() == []


def test_sealed_values_for_a_message_already_sent_change_nothing(world: World) -> None:
    listed(world)
    world.courier.follow()
    [want] = world.courier.wants()
    assert [world.courier.send(want["delivery"], {"name": b"sealed"}) for _ in range(2)] == [True, True]
    assert len(world.vault.opened) == 1


def test_a_name_that_tells_a_contact_of_a_debt_is_never_sent(world: World) -> None:
    world.vault.params = {**world.vault.params, "contact-listed": {
        "given_name": "小明欠款不还", "institution": "示例机构", "token": named("token")}}
    listed(world)
    assert world.deliver() == 0
    assert world.outbox.messages() == []


def test_neither_address_nor_name_nor_code_nor_text_is_in_the_couriers_folder(world: World) -> None:
    listed(world)
    invited(world)
    world.deliver()
    texts = [message["text"] for message in world.outbox.messages()]
    for path in (world.folder / "courier").iterdir():
        content = path.read_bytes()
        for value in (CONTACT_PHONE[1:], "小明", "123456", named("token"), *texts):
            assert value.encode() not in content, path.name


def test_a_log_shorter_than_what_was_followed_stops_the_courier(world: World) -> None:
    world.courier.follow()
    world.vault.leaves.clear()
    with pytest.raises(IntegrityError):
        world.courier.follow()


def test_a_courier_of_another_log_refuses_to_follow(world: World) -> None:
    world.courier.follow()
    world.restart()
    with world.store.begin() as db:
        db.exec_driver_sql("UPDATE meta SET value='other.invalid/log' WHERE name='origin'")
    with pytest.raises(IntegrityError):
        world.courier.follow()
