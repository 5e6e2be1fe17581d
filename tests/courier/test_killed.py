"""A real courier process, killed with SIGKILL right around a hand-over; real carriers, a real vault, the pump.

With the gateway there is never a second message. With SMTP there is at most one more, with the same Message-ID.
"""

from __future__ import annotations

import base64
import json
import os
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from registry.children import registry_command
from registry.clients import VaultClient
from registry.courier.keys import CourierKeys
from registry.courier.provider_book import commitment_of
from registry.model.ids import new_id
from registry.model.times import SECOND, stamp
from registry.store.database import open_engine
from registry.store.schema import upgrade
from registry.store.store import Store
from registry.up import socket_folder
from registry.vault.clock import wall_now
from registry.web.pump import Pump, seal_callback
from tests.courier.carriers import HOST, Gateway, MailServer, gateway_server, mail_server
from tests.courier.world import SALT, SECRET, signed
from tests.databases import at
from tests.promises.housed import HousedWorld
from tests.promises.processes import Running, install
from tests.world import Person

CARRIER = "sms-carrier"
PEOPLE = 9


@dataclass(slots=True)
class Whole:
    """Vault, courier and pump of one world, and its two carriers."""

    world: HousedWorld
    people: list[Person]
    vault: Running
    mail: MailServer
    gateway: Gateway
    store: Store
    process: subprocess.Popen[bytes] | None = None
    used: int = 0
    lock: sqlite3.Connection | None = None
    stop: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        """A courier process; the one before it is gone."""
        with (self.world.folder / "courier.log").open("ab") as log:
            self.process = subprocess.Popen(
                registry_command("courier", "--data", str(self.world.folder), "--sockets", str(self.vault.sockets),
                                 "--demo", "--url", "https://demo.invalid"),
                stdout=log, stderr=log, stdin=subprocess.DEVNULL)

    def kill(self) -> None:
        """SIGKILL, and whatever held its database is let go."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        if self.lock is not None:
            self.lock.rollback()
            self.lock.close()
            self.lock = None

    def said(self) -> str:
        return (self.world.folder / "courier.log").read_text("utf-8")

    def block(self) -> None:
        """From now on the courier can note nothing: its own record waits for ours."""
        path = self.world.folder / "courier" / "courier.db"
        self.lock = sqlite3.connect(path, timeout=10, check_same_thread=False, isolation_level=None)
        self.lock.execute("BEGIN IMMEDIATE")

    def next(self) -> Person:
        """Somebody whom no notice was sent yet."""
        self.used += 1
        return self.people[self.used - 1]

    def notice(self, person: Person) -> str:
        answer = self.vault.client.call("notice", {"by": self.world.agency.value(), "account": person.account})
        return str(answer["notice"])

    def entries(self, kind: str, notice: str = "") -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        after = 0
        while page := self.vault.client.call("follow", {"after": after, "limit": 500})["entries"]:
            found += [one["entry"]["body"] for one in page if one["entry"]["kind"] == kind]
            after = page[-1]["index"] + 1
        return [body for body in found if body.get("notice", notice) == notice]

    def mails(self, person: Person) -> list[str]:
        """Message-IDs of what the mail server took for somebody."""
        return [one.id for one in self.mail.taken if one.to == person.mail]

    def texts(self, number: str) -> list[str]:
        """Ids of what the gateway sent to a number."""
        return [one["id"] for one in self.gateway.sent if one["to"] == number]

    def posted(self, kind: str, **data: Any) -> None:
        """A webhook of the carrier, into the inbox as the web tier puts it there."""
        wall = wall_now()
        body = json.dumps({"type": f"message.{kind}", "timestamp": stamp(wall), "data": data}).encode()
        sealed = seal_callback(self._key(), signed(new_id(os.urandom), wall // SECOND, body), body)
        self.store.put_callback(new_id(os.urandom), CARRIER, wall, sealed, counts=True, most=500)

    def _key(self) -> dict[str, str]:
        """What the web tier seals callbacks to."""
        return dict(CourierKeys.load(self.world.folder / "courier" / "key.json").public()["courier_enc"])


def until(look: Callable[[], object], whole: Whole | None = None) -> None:
    deadline = time.monotonic() + 30
    while not look():
        assert time.monotonic() < deadline, whole.said()[-2000:] if whole is not None else ""
        time.sleep(0.02)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    folder = tmp_path_factory.mktemp("whole") / "world"
    folder.mkdir()
    world = HousedWorld(folder)
    world.at(-80)
    people = []
    for _ in range(PEOPLE):
        person = world.borrower()
        world.account(person)
        people.append(person)
    ident = new_id(os.urandom)
    world.sign("provider-registered/1", {
        "provider": ident, "name": CARRIER, "adapter": "neutral", "grade": "B", "owner": "neutral",
        "secret_commitment": commitment_of(SECRET, SALT)}, ident=ident)
    (folder / "web").mkdir(mode=0o700)
    engine = open_engine(at(folder / "web" / "web.db"))
    upgrade(engine)
    store = Store(engine)
    store.keep_values((subject, name, base64.b64decode(blob)) for (subject, name), blob in world.blobs.items())
    install(world)
    with ExitStack() as stack:
        sockets = stack.enter_context(socket_folder())
        mail = stack.enter_context(mail_server(MailServer()))
        gateway = stack.enter_context(gateway_server(Gateway()))
        settle(folder, mail, gateway)
        vault = Running(folder, sockets)
        vault.start()
        vault.until_answered("status", {})
        made = Whole(world, people, vault, mail, gateway, store)
        made.start()
        pump = Pump(store, VaultClient(sockets / "vault.sock"), VaultClient(sockets / "courier.sock"))
        pumping = threading.Thread(target=pump.run, args=(made.stop,), daemon=True)
        pumping.start()
        courier = VaultClient(sockets / "courier.sock")
        until(lambda: len(gateway.sent) == PEOPLE, made)  # each contact is told of being listed
        courier.call("provider-secret", {"provider": CARRIER, "secret": SECRET, "salt": SALT.hex()})
        yield made
        made.stop.set()
        pumping.join(10)
        made.kill()
        vault.kill()
    engine.dispose()


def settle(folder: Path, mail: MailServer, gateway: Gateway) -> None:
    """delivery.toml for these carriers."""
    courier = folder / "courier"
    (courier / "mail").mkdir()
    (courier / "token").write_text("token-1")
    (courier / "token").chmod(0o600)
    (courier / "delivery.toml").write_text(
        f'[email]\nurl = "smtp://{HOST}:{mail.port}"\nstarttls = false\nfrom = "notices@registry.demo.invalid"\n'
        f'[sms]\nurl = "http://{HOST}:{gateway.port}"\ntoken_file = "token"\nfrom = "Registry"\n'
        f'provider = "{CARRIER}"\n[mailbox]\nmaildir = "mail"\n')
    (courier / "delivery.toml").chmod(0o600)


def killed_when_taken(whole: Whole, carrier: MailServer | Gateway) -> threading.Event:
    """The courier is killed once the carrier has its message, before it is told so."""
    dead = threading.Event()

    def now() -> None:
        if not dead.is_set():
            whole.kill()
            dead.set()

    _hook(carrier, now)
    return dead


def killed_when_told(whole: Whole, carrier: MailServer | Gateway) -> threading.Event:
    """The courier is killed once it was told that the carrier has its message, before it can note so."""
    dead, once = threading.Event(), threading.Event()

    def later() -> None:
        time.sleep(0.5)
        whole.kill()
        dead.set()

    def now() -> None:
        if not once.is_set():
            once.set()
            whole.block()
            threading.Thread(target=later, daemon=True).start()

    _hook(carrier, now)
    return dead


def _hook(carrier: MailServer | Gateway, hook: Callable[[], None]) -> None:
    if isinstance(carrier, MailServer):
        carrier.before_250 = hook
    else:
        carrier.before_answer = hook


def recorded(whole: Whole, notice: str, medium: str) -> bool:
    return any(one["medium"] == medium for one in whole.entries("notice-sent/1", notice))


@pytest.mark.parametrize("point", [killed_when_taken, killed_when_told])
@pytest.mark.parametrize("able", ["keeps keys and can be asked", "keeps keys only", "can be asked only"])
def test_with_the_gateway_there_is_no_second_message(
    whole: Whole, point: Callable[[Whole, Gateway], threading.Event], able: str,
) -> None:
    whole.gateway.keeps_keys, whole.gateway.can_be_asked = "keeps keys" in able, "can be asked" in able
    person = whole.next()
    dead = point(whole, whole.gateway)
    notice = whole.notice(person)
    assert dead.wait(30), whole.said()
    assert len(whole.texts(person.number)) == 1
    assert not recorded(whole, notice, "sms")
    whole.start()
    until(lambda: recorded(whole, notice, "sms"), whole)
    until(lambda: recorded(whole, notice, "email"), whole)
    assert len(whole.texts(person.number)) == 1
    assert len([one for one in whole.entries("notice-sent/1", notice) if one["medium"] == "sms"]) == 1


@pytest.mark.parametrize("point", [killed_when_taken, killed_when_told])
def test_with_smtp_there_is_at_most_one_more_of_the_same_message_id(
    whole: Whole, point: Callable[[Whole, MailServer], threading.Event],
) -> None:
    person = whole.next()
    dead = point(whole, whole.mail)
    notice = whole.notice(person)
    assert dead.wait(30), whole.said()
    assert len(whole.mails(person)) == 1
    assert not recorded(whole, notice, "email")
    whole.start()
    until(lambda: recorded(whole, notice, "email"), whole)
    assert len(whole.mails(person)) == 2
    assert len(set(whole.mails(person))) == 1
    assert len([one for one in whole.entries("notice-sent/1", notice) if one["medium"] == "email"]) == 1


def test_what_the_carrier_and_the_mailbox_bring_back_reaches_the_log(whole: Whole) -> None:
    person = whole.next()
    notice = whole.notice(person)
    until(lambda: recorded(whole, notice, "sms"), whole)
    [text] = whole.texts(person.number)
    whole.posted("receipt", id=text, status="delivered")
    whole.posted("reply", text="【退订】", medium="sms", received_at=stamp(wall_now()),
                 **{"from": person.contact_number})
    mail = whole.world.folder / "courier" / "mail" / "new"
    until(mail.is_dir, whole)
    (mail / "1").write_bytes(f"From: {person.mail}\nMessage-ID: <1@x>\n\nHere I am.\n".encode())
    until(lambda: any(one["status"] == "delivered" for one in whole.entries("notice-receipt/1", notice)), whole)
    until(lambda: [one for one in whole.entries("objected/1") if one["contact"] == person.contact], whole)
    until(lambda: [one for one in whole.entries("sign-of-life/1") if one["borrower"] == person.borrower], whole)
    until(lambda: not list(mail.iterdir()), whole)
    for value in (person.contact_number, person.mail, "退订", "Here I am"):
        assert value not in whole.said()
