"""Receipts and replies: by webhook, verified like any other, and from a mailbox. Their words go nowhere."""

from __future__ import annotations

import mailbox
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from registry.courier import mail
from registry.courier.delivery_settings import Mailbox
from registry.courier.incoming import ANYBODY
from registry.courier.mailbox import open_mails
from registry.courier.outbox import FileOutbox, NoAnswerError
from registry.courier.words import stops, word_of
from registry.errors import UnavailableError
from registry.model.times import SECOND, stamp
from tests.courier.test_deliver import NOTICE, listed
from tests.courier.test_hand_over import Carrier, notice, raising
from tests.courier.world import CHANNEL, CONTACT_PHONE, PHONE, Killed, World, killed_at, named, signed

MAIL = "borrower@demo.invalid"


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A courier whose SMS the one registered provider carries; the carrier's receipts come later."""
    made = World(tmp_path)
    made.register_provider()
    made.carrier = "neutral-voice"
    made.outbox = FileOutbox(tmp_path / "outbox", receipt=None)
    made.restart()
    return made


def told(world: World, kind: str, webhook_id: str | None = None, **data: Any) -> str:
    """A webhook of the carrier about a message."""
    event = {"type": f"message.{kind}", "timestamp": stamp(world.clock.now()), "data": data}
    return world.post(event, webhook_id)


def replied(world: World, text: str, address: str = PHONE, webhook_id: str | None = None, medium: str = "sms") -> str:
    return told(world, "reply", webhook_id, text=text, medium=medium, received_at=stamp(world.clock.now()),
                **{"from": address})


def sent_notice(world: World, medium: str = "sms") -> str:
    """The id of a notice that went out."""
    index = world.asks("borrower-notice", "notice-requested/1", NOTICE, CHANNEL)
    world.vault.messages[index][0]["medium"] = medium
    assert world.deliver() == 1
    return world.outbox.messages()[-1]["id"]


def statuses(world: World) -> list[str]:
    return [one["status"] for one in world.vault.bodies("notice-receipt/1")]


# Receipts by webhook


def test_a_receipt_makes_a_notice_delivered(world: World) -> None:
    message = sent_notice(world)
    assert statuses(world) == []
    assert told(world, "receipt", id=message, status="delivered") == "recorded"
    assert world.vault.bodies("notice-receipt/1") == [
        {"notice": named("notice"), "borrower": NOTICE["borrower"], "channel": CHANNEL, "status": "delivered"}]


def test_the_same_receipt_again_says_nothing_new(world: World) -> None:
    message = sent_notice(world)
    for webhook_id in ("a", "a", "b"):
        told(world, "receipt", webhook_id, id=message, status="delivered")
    assert statuses(world) == ["delivered"]
    assert world.vault.given_up == []


def test_a_message_that_came_back_after_it_was_delivered_is_an_alarm(world: World) -> None:
    message = sent_notice(world)
    for status in ("delivered", "failed", "delivered", "failed"):
        told(world, "receipt", id=message, status=status)
    assert statuses(world) == ["delivered", "failed"]
    assert len(world.vault.given_up) == 1


def test_a_message_that_its_carrier_could_not_deliver_is_an_alarm(world: World) -> None:
    message = sent_notice(world)
    told(world, "receipt", id=message, status="failed")
    told(world, "receipt", id=message, status="failed")
    assert statuses(world) == ["failed"]
    assert len(world.vault.given_up) == 1
    assert world.courier.provider_status("neutral-voice")["undeliverable"] == 1


def test_a_failed_receipt_of_a_message_without_receipts_is_an_alarm_too(world: World) -> None:
    listed(world)
    world.deliver()
    [message] = world.outbox.messages()
    told(world, "receipt", id=message["id"], status="failed")
    assert [template for _, template, _ in world.vault.given_up] == ["contact-listed"]
    assert len(world.vault.bodies("contact-informed/1")) == 1


def test_a_receipt_for_a_message_in_doubt_says_that_it_went_out(world: World) -> None:
    carrier = Carrier(world)
    carrier.after = raising(NoAnswerError("silence"))
    notice(world)
    world.deliver()
    [message] = carrier.handed
    told(world, "receipt", id=message, status="delivered")
    assert len(world.vault.bodies("notice-sent/1")) == 1
    assert statuses(world) == ["delivered"]
    carrier.after = lambda: None
    world.clock.pass_(SECOND)
    assert world.deliver() == 0
    assert len(carrier.handed) == 1


@pytest.mark.parametrize("change", [
    {"id": "0" * 32}, {"id": "x"}, {"status": "read"}, {"status": None}, {"more": 1}, {"at": "yesterday"},
])
def test_a_receipt_that_is_none_is_refused_and_changes_nothing(world: World, change: dict[str, Any]) -> None:
    message = sent_notice(world)
    data = {"id": message, "status": "delivered"} | change
    why = told(world, "receipt", **{name: value for name, value in data.items() if value is not None})
    assert why in ("message-unknown", "event-malformed")
    assert world.refused() == [why]
    assert statuses(world) == []


def test_a_carrier_of_sms_says_nothing_about_mail(world: World) -> None:
    assert told(world, "receipt", id=sent_notice(world, "email"), status="delivered") == "message-unknown"


@pytest.mark.parametrize("carrier", [None, "another"])
def test_only_who_carries_our_messages_may_speak_of_them(world: World, carrier: str | None) -> None:
    world.carrier = carrier
    world.restart()
    message = sent_notice(world)
    assert told(world, "receipt", id=message, status="delivered") == "provider-not-ours"
    assert replied(world, "STOP") == "provider-not-ours"
    assert statuses(world) == []
    assert world.vault.replies == {}


def test_in_a_demo_anybody_plays_the_carrier(world: World) -> None:
    world.carrier = ANYBODY
    world.restart()
    assert replied(world, "STOP") == "recorded"


@pytest.mark.parametrize("address", ["Cafe\u0301", "e\u0301@demo.invalid", "\u0085+861000000", "\u200b", "+"])
def test_a_reply_from_what_is_no_address_is_settled_and_never_given_again(world: World, address: str) -> None:
    """What is never settled stays in the inbox, and stops every opening."""
    for medium in ("sms", "email"):
        assert replied(world, "STOP", address, medium=medium) in ("recorded", "event-malformed")


def test_a_receipt_is_verified_like_an_attempt(world: World) -> None:
    message = sent_notice(world)
    event = {"type": "message.receipt", "timestamp": stamp(world.clock.now()),
             "data": {"id": message, "status": "delivered"}}
    assert world.post(event, headers={"webhook-signature": "v1,AAAA"}) == "signature-invalid"
    late = signed("late", world.clock.wall() // SECOND - 400, b"{}")
    assert world.post(b"{}", headers=late) == "timestamp-outside"
    told(world, "receipt", "once", id=message, status="delivered")
    assert told(world, "receipt", "once", id=message, status="failed") == "webhook-id-reused"
    assert statuses(world) == ["delivered"]


@pytest.mark.parametrize("done", [False, True])
def test_a_kill_while_a_receipt_is_logged_loses_it_not(world: World, done: bool) -> None:
    message = sent_notice(world)
    setattr(world.vault, "after" if done else "before", killed_at("append"))
    with pytest.raises(Killed):
        told(world, "receipt", "r", id=message, status="delivered")
    world.restart()
    world.courier.follow()
    told(world, "receipt", "r", id=message, status="delivered")
    assert statuses(world) == ["delivered"]


# Replies by webhook


@pytest.mark.parametrize("text", [
    "N", "n", " n. ", "STOP", "stop!", "Stop", "Ｓｔｏｐ", "s t o p", "退订", "【退订】", " 退 订 ", "退訂", "T",
    "TD", "td。", "Unsubscribe", "\u200eSTOP\u200f", "\ufeffN\n", "🛑 STOP", "UNSUBSCRIBE.", "拒收",
])
def test_these_mean_stop(world: World, text: str) -> None:
    assert word_of(text) == "stop"
    replied(world, text)
    assert list(world.vault.replies.values()) == [(PHONE, "sms", "stop")]


@pytest.mark.parametrize("text", [
    "", "?", "ok", "NO WAY", "don't stop", "我会打电话", "退订吗", "stop it", "nn", "Y",
])
def test_anything_else_is_something_else(text: str) -> None:
    assert word_of(text) == "other"


@pytest.mark.parametrize("said", [
    "stop calling me", "please STOP", "不要再打", "我说了，别再打电话给我。", "退 订 谢谢", "don’t call me again",
    "Don't call!", "never contact me again", "ok: cancel, please", "remove me from your list", "N", "td", "Ｓｔｏｐ",
    "yes\nstop", "取消", "stopped working here, so stop", "s t o p",
])
def test_on_a_call_these_words_anywhere_mean_stop(said: str) -> None:
    assert stops(said)


@pytest.mark.parametrize("said", [
    "", "1", "ok", "who is this?", "in the end I will tell him", "quite so", "好的", "no",
])
def test_on_a_call_anything_else_is_something_else(said: str) -> None:
    assert not stops(said)


@given(st.text(max_size=300))
def test_no_text_is_too_strange_to_be_read(text: str) -> None:
    assert word_of(text) in ("stop", "other")
    assert stops(text) or word_of(text) == "other"


def test_the_same_reply_again_is_the_same_reply(world: World) -> None:
    assert [replied(world, "N", webhook_id="r") for _ in range(2)] == ["recorded", "repeated"]
    assert len(world.vault.replies) == 1
    replied(world, "N", webhook_id="other")
    assert len(world.vault.replies) == 2


@pytest.mark.parametrize("done", [False, True])
def test_a_kill_while_a_reply_is_brought_brings_the_same_one_again(world: World, done: bool) -> None:
    setattr(world.vault, "after" if done else "before", killed_at("reply"))
    with pytest.raises(Killed):
        replied(world, "STOP", webhook_id="r")
    world.restart()
    assert replied(world, "STOP", webhook_id="r") == "recorded"
    assert len(world.vault.replies) == 1


def test_while_the_vault_is_away_a_reply_waits(world: World) -> None:
    def away(op: str) -> None:
        if op == "reply":
            raise UnavailableError("away")

    world.courier.follow()
    world.vault.before = away
    with pytest.raises(UnavailableError):
        replied(world, "STOP", webhook_id="r")
    world.vault.before = lambda op: None
    assert replied(world, "STOP", webhook_id="r") == "recorded"


def test_neither_text_nor_address_of_a_reply_is_kept_or_logged(world: World) -> None:
    with structlog.testing.capture_logs() as lines:
        replied(world, "a canary", CONTACT_PHONE)
        told(world, "reply", text="another canary", medium="fax", received_at="x", **{"from": CONTACT_PHONE})
    assert "canary" not in str(lines)
    for path in (world.folder / "courier").iterdir():
        content = path.read_bytes()
        assert b"canary" not in content
        assert CONTACT_PHONE[1:].encode() not in content


# The mailbox


def a_mail(text: str = "Please call me", sender: str = f"Somebody <{MAIL}>", **headers: str) -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, "answers@registry.demo.invalid", "Re: A notice"
    message["Message-ID"] = "<1@demo.invalid>"
    for name, value in headers.items():
        del message[name.replace("_", "-")]
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message.as_bytes()


def a_report(delivery: str, action: str, *, envelope: bool = True, mail_id: bool = True,
             reader: str = MAIL) -> bytes:
    """A delivery status notification as RFC 3464 has it."""
    about = f"Original-Envelope-Id: {delivery}\n" if envelope else ""
    raw = f"Reporting-MTA: dns; mx.demo.invalid\n{about}\nFinal-Recipient: rfc822; {reader}\nAction: {action}\n" \
          "Status: 5.1.1\n"
    headers = f"Message-ID: <{delivery}@registry.demo.invalid>\n" if mail_id else "Subject: x\n"
    boundary = "=_b"
    return (
        f'From: MAILER-DAEMON@mx.demo.invalid\nContent-Type: multipart/report; report-type="delivery-status"; '
        f'boundary="{boundary}"\nMIME-Version: 1.0\n\n--{boundary}\nContent-Type: text/plain\n\nSorry.\n'
        f"--{boundary}\nContent-Type: message/delivery-status\n\n{raw}\n--{boundary}\n"
        f"Content-Type: text/rfc822-headers\n\n{headers}\n--{boundary}--\n"
    ).encode()


class Box:
    """A Maildir that a mail server fills."""

    def __init__(self, world: World) -> None:
        self.folder = world.folder / "mail"
        self.folder.mkdir()
        self._world = world
        self.read()  # an empty folder is made a Maildir

    def put(self, raw: bytes) -> None:
        mailbox.Maildir(str(self.folder)).add(raw)

    def left(self) -> int:
        return len(mailbox.Maildir(str(self.folder)))

    def read(self) -> int:
        with open_mails(Mailbox(self.folder, None)) as mails:
            return self._world.courier.read_mails(mails)


@pytest.fixture
def box(world: World) -> Box:
    return Box(world)


def test_a_mail_from_somebody_is_a_reply_and_is_deleted_once_the_vault_has_it(world: World, box: Box) -> None:
    box.put(a_mail())
    box.put(a_mail("\n\n> quoted\n退订\nand more", "n@demo.invalid"))
    assert box.read() == 2
    assert set(world.vault.replies.values()) == {(MAIL, "email", "other"), ("n@demo.invalid", "email", "stop")}
    assert box.left() == 0


@pytest.mark.parametrize("done", [False, True])
def test_a_mail_stays_until_the_vault_has_it_and_is_one_reply(world: World, box: Box, done: bool) -> None:
    box.put(a_mail())
    setattr(world.vault, "after" if done else "before", killed_at("reply"))
    with pytest.raises(Killed):
        box.read()
    assert box.left() == 1
    world.restart()
    assert box.read() == 1
    assert len(world.vault.replies) == 1
    assert box.left() == 0


def test_two_mails_without_an_id_of_their_own_are_two_replies(world: World, box: Box) -> None:
    for text in ("Call me", "Please call me"):
        box.put(a_mail(text).replace(b"Message-ID: <1@demo.invalid>\n", b""))
    assert box.read() == 2
    assert len(world.vault.replies) == 2


@pytest.mark.parametrize("headers", [
    {"Auto_Submitted": "auto-replied"}, {"Auto_Submitted": "auto-generated; why=x"}, {"Precedence": "bulk"},
    {"Precedence": "auto_reply"}, {"X_Autoreply": "yes"}, {"List_Id": "<l.demo.invalid>"}, {"Return_Path": "<>"},
    {"Subject": "Automatic reply: A notice"}, {"Subject": "Out of Office"}, {"Subject": "自动回复：出差"},
    {"From": "MAILER-DAEMON@demo.invalid"}, {"From": "no-reply@demo.invalid"},
])
def test_a_machines_answer_is_no_sign_of_life(world: World, box: Box, headers: dict[str, str]) -> None:
    box.put(a_mail(**headers))
    assert box.read() == 1
    assert world.vault.replies == {}
    assert box.left() == 0


def test_a_person_who_says_so_is_no_machine(world: World, box: Box) -> None:
    box.put(a_mail(Auto_Submitted="no"))
    box.read()
    assert len(world.vault.replies) == 1


@pytest.mark.parametrize(("action", "found"), [
    ("failed", ["failed"]), ("delivered", ["delivered"]), ("relayed", ["delivered"]), ("delayed", []),
    ("expanded", []),
])
@pytest.mark.parametrize("by", ["envelope", "mail_id"])
def test_a_report_says_what_became_of_a_mail(world: World, box: Box, action: str, found: list[str], by: str) -> None:
    message = sent_notice(world, "email")
    box.put(a_report(message, action, **{"envelope": False, "mail_id": False, by: True}))  # type: ignore[arg-type]
    box.read()
    assert statuses(world) == found
    assert len(world.vault.given_up) == (action == "failed")
    assert world.vault.replies == {}
    assert box.left() == 0


def test_a_report_about_no_message_of_ours_changes_nothing_whoever_it_names(world: World, box: Box) -> None:
    sent_notice(world, "email")
    box.put(a_report("0" * 32, "failed"))
    box.put(a_report("0" * 32, "failed", envelope=False, mail_id=False))
    assert box.read() == 2
    assert statuses(world) == []
    assert world.vault.given_up == []


def test_a_report_by_mail_says_nothing_about_an_sms(world: World, box: Box) -> None:
    box.put(a_report(sent_notice(world, "sms"), "failed"))
    box.read()
    assert statuses(world) == []


@pytest.mark.parametrize("raw", [
    b"", b"\xff\xfe\x00", b"From: \n\n", b"From: =?x?q?=\n\nhi", b"From: a@demo.invalid, b@demo.invalid\n\nhi",
    b"Content-Type: multipart/report; report-type=delivery-status\n\nx",
    b"Content-Type: multipart/mixed; boundary=b\n\n--b\n", b"From: nobody\n\nSTOP",
    b"From: a@demo.invalid\nContent-Type: text/plain; charset=nonsense\n\nhi",
    b"From: a@demo.invalid\nSubject: =?utf-8?b?////?=\n\n",
    *(b"From: a@demo.invalid\nContent-Type: text/plain; charset=" + charset + b"\n\nhi\xff"
      for charset in (b"idna", b"punycode", b"undefined", b"\"utf-8\x00\"")),
    b"From: a@demo.invalid\n" + b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (depth, depth) for depth in range(3000)),
    b"From: a@demo.invalid\nContent-Type: message/rfc822\n\n" * 3000,
    b"From: " + b"(" * 20_000 + b" a@demo.invalid\n\nhi",
])
def test_a_broken_mail_stops_nothing(world: World, box: Box, raw: bytes) -> None:
    box.put(raw)
    box.put(a_mail())
    assert box.read() == 2
    assert (MAIL, "email", "other") in world.vault.replies.values()
    assert box.left() == 0


@pytest.mark.parametrize("how", [
    b"Content-Type: text/plain; charset=idna", b"Content-Type: text/plain; charset=undefined",
    b"Content-Type: message/rfc822\n\n" * 3000,
])
def test_who_wrote_what_nobody_can_read_has_written(world: World, box: Box, how: bytes) -> None:
    box.put(b"From: a@demo.invalid\n" + how + b"\n\nhi\xff")
    assert box.read() == 1
    assert list(world.vault.replies.values()) == [("a@demo.invalid", "email", "other")]


@given(st.binary(max_size=400))
def test_no_mail_is_too_strange_to_be_read(raw: bytes) -> None:
    mail.read(raw)
    mail.read(b"From: a@demo.invalid\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
              b"--b\nContent-Type: message/delivery-status\n\n" + raw + b"\n--b--\n")
    mail.read(b"From: a@demo.invalid\nSubject: " + raw)


def test_a_mailbox_that_is_gone_means_try_again(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(UnavailableError) as caught, open_mails(Mailbox(tmp_path / "file", None)) as mails:
        list(mails.waiting())
    assert caught.value.code == "mailbox-unavailable"


def test_a_mail_larger_than_we_read_is_read_as_far_as_it_matters(world: World, box: Box) -> None:
    box.put(a_mail("STOP\n" + "x" * 60 + ("\n" + "y" * 70) * 40_000))
    assert box.read() == 1
    assert list(world.vault.replies.values()) == [(MAIL, "email", "stop")]


def test_nothing_of_a_mail_is_kept(world: World, box: Box) -> None:
    with structlog.testing.capture_logs() as lines:
        box.put(a_mail("my canary"))
        box.read()
    assert lines == []
    for path in (world.folder / "courier").iterdir():
        assert b"canary" not in path.read_bytes()
        assert MAIL.encode() not in path.read_bytes()
