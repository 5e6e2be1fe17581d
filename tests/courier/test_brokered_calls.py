"""Brokered calls with a real vault, a real courier and a telephone company behind real HTTP (ADR 28)."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from registry.clients import Caller
from registry.courier import delivery_book
from registry.courier.bridges import book
from registry.courier.bridges.axb import AxbBridge
from registry.courier.bridges.port import Bridged
from registry.courier.bridges.simulator import Telephones, webhook_of
from registry.courier.courier import Courier
from registry.courier.delivery_settings import BridgeSettings, Server
from registry.errors import ConflictError, UnavailableError
from registry.model.times import DAY, HOUR, SECOND, stamp
from tests.courier.post import URL, Post
from tests.courier.world import Killed, signed
from tests.vault.test_brokered_calls import CALLER
from tests.world import Person

PROVIDER = "neutral-voice"


class Refuses:
    """A vault that takes no word of a bridge that connected two lines."""

    def __init__(self, vault: Caller) -> None:
        self._vault = vault

    def call(self, op: str, args: dict[str, Any]) -> dict[str, Any]:
        if op == "append" and args["entry"]["kind"] == "call-bound/1":
            raise ConflictError("this address was not opened for that", code="not-opened")
        return self._vault.call(op, args)


class Lines:
    """A courier with a bridge, and an agent at his telephone."""

    def __init__(self, folder: Path) -> None:
        self.post = Post(folder)
        self.world = self.post.world
        self.records: list[dict[str, Any]] = []
        self.telephones = Telephones(self.records.append, self.world.clock.wall)
        self.company = self.telephones.company
        self.start()
        self.told = 0
        self.person: Person = self.world.unreachable(approve=False)
        approval = self.ask()["approval"]
        self.world.sign("approval-given/1", {"approval": approval, "borrower": self.person.borrower})

    def start(self, provider: str = PROVIDER, vault: Caller | None = None) -> None:
        """The courier process starts, again perhaps."""
        server = Server("127.0.0.1", self.telephones.port, tls=False)
        self.bridge = AxbBridge(BridgeSettings(server, self.telephones.token, provider))
        self.courier = self.post.courier = Courier(
            vault or self.world.vault, self.post.store, self.post.outbox, self.world.clock, os.urandom, URL,
            bridged=Bridged(self.bridge, provider))

    def ask(self, caller: str = CALLER) -> dict[str, Any]:
        """A collector asks for a brokered call, from a line of his own."""
        while self.courier.follow():
            pass
        self.courier.follow()
        return self.world.call("lookup", **self.world.asked(self.person, mode="call", caller=caller))

    def bound(self) -> str:
        """The lookup of a call that the bridge connects."""
        lookup: str = self.ask()["lookup"]
        self.post.deliver()
        return lookup

    def dial(self, lookup: str, outcome: str = "talked", **more: Any) -> int:
        """The agent dials the bridge's number; its record comes in. The HTTP status."""
        number = self.courier.call("call-number", {"lookup": lookup}).get("number", "+8617000009999")
        status, _ = self.company.dial({"from": CALLER, "to": number, "outcome": outcome, **more})
        self.hear()
        return status

    def hear(self) -> list[str]:
        """The records that came in since, as signed webhooks."""
        heard = []
        for record in self.records[self.told:]:
            heard.append(self.tell(record, f"msg_record{self.told}"))
            self.told += 1
        return heard

    def tell(self, record: dict[str, Any], webhook: str) -> str:
        now = self.world.clock.now()
        body = json.dumps(webhook_of(record, now)).encode()
        return self.courier.handle_callback(PROVIDER, now, signed(webhook, now // SECOND, body), body)

    def state(self, lookup: str) -> str:
        shown = self.world.vault.call("lookup-status", {"by": self.world.agency.value(), "lookup": lookup})
        return str(shown["call"]["state"])

    def ends(self) -> list[str]:
        return [one["why"] for one in self.post.entries("call-unbound/1")]


@pytest.fixture
def lines(tmp_path: Path) -> Iterator[Lines]:
    made = Lines(tmp_path)
    yield made
    made.telephones.close()


def test_the_agent_dials_a_number_of_the_bridges_and_the_contacts_telephone_rings(lines: Lines) -> None:
    lookup = lines.bound()
    assert lines.state(lookup) == "bound"
    shown = lines.courier.call("call-number", {"lookup": lookup})
    assert shown["number"] != lines.person.contact_number
    assert lines.dial(lookup, seconds=42) == 200
    assert lines.company.rung == [(shown["number"], lines.person.contact_number)]
    [record] = lines.post.entries("call-recorded/1")
    assert (record["talk_seconds"], record["outcome"], record["stop"]) == (42, "talked", False)


def test_nobody_elses_telephone_is_connected_by_it(lines: Lines) -> None:
    lookup = lines.bound()
    number = lines.courier.call("call-number", {"lookup": lookup})["number"]
    status, _ = lines.company.dial({"from": "+8610000005555", "to": number, "outcome": "talked"})
    assert (status, lines.company.rung) == (404, [])


def test_after_so_many_calls_the_connection_is_ended_and_the_number_forgotten(lines: Lines) -> None:
    lookup = lines.bound()
    lines.dial(lookup, "no-answer")
    assert lines.dial(lookup) == 404, "one call, as the permit says"
    assert lines.courier.calls.tend() == 1
    assert (lines.ends(), lines.company.lines) == (["used"], {})
    assert lines.courier.call("call-number", {"lookup": lookup}) == {}
    assert lines.courier.calls.tend() == 0


def test_it_ends_with_the_lawful_hours_though_nobody_called(lines: Lines) -> None:
    lookup = lines.bound()
    lines.world.at(0, "20:00")
    assert lines.courier.call("call-number", {"lookup": lookup}) == {}
    lines.courier.calls.tend()
    assert lines.ends() == ["expired"]


def test_stop_on_the_call_is_an_objection_and_ends_it(lines: Lines) -> None:
    lookup = lines.bound()
    lines.dial(lookup, seconds=3, said="退订")
    [objection] = lines.post.entries("objected/1")
    assert objection["contact"] == lines.person.contact
    lines.courier.calls.tend()
    assert lines.state(lookup) == "over"


def test_stop_or_talk_in_a_later_record_of_the_same_call_is_not_lost(lines: Lines) -> None:
    lookup = lines.bound()
    lines.dial(lookup, "no-answer")
    record = lines.records[0]
    later: dict[str, dict[str, Any]] = {
        "again": {}, "said": {"said": "stop calling me"}, "said-again": {"said": "STOP"},
        "reached": {"outcome": "talked", "talk_seconds": 9},
    }
    for webhook, more in later.items():
        lines.world.clock.advance(1)
        assert lines.tell(record | more, f"msg_{webhook}") == "recorded"
    records = lines.post.entries("call-recorded/1")
    assert [(one["outcome"], one["stop"]) for one in records] == [
        ("no-answer", False), ("no-answer", True), ("talked", False)]
    assert len({one["call"] for one in records}) == 1
    assert len(lines.post.entries("objected/1")) == 1


def test_a_bridge_whose_clock_is_ahead_is_heard_and_its_calls_began_now(lines: Lines) -> None:
    lookup = lines.bound()
    lines.dial(lookup)
    ahead = lines.records[0] | {"call": "another", "said": "stop", "began_at": stamp(lines.world.clock.wall() + DAY)}
    assert lines.tell(ahead, "msg_ahead") == "recorded"
    assert lines.post.entries("call-recorded/1")[-1]["began_at"] == stamp(lines.world.clock.now())
    assert len(lines.post.entries("objected/1")) == 1


def stubborn(lines: Lines, lookup: str) -> list[str]:
    """Another connection, that comes first and is over, and which the bridge does not end: ids asked for so far."""
    with lines.post.store.begin() as db:
        one = book.of_lookup(db, lookup)
        assert one is not None
        book.add(db, "0" * 32, {**one.about, "lookup": "1" * 32}, "+8617000001111",
                 expires_at=lines.world.clock.now() - 1, max_calls=1)
    unbind, asked = lines.bridge.unbind, []

    def refuses(ident: str) -> None:
        asked.append(ident)
        if ident == "0" * 32:
            raise UnavailableError("the bridge did not let go: 500", code="transport-unavailable")
        unbind(ident)

    lines.bridge.unbind = refuses  # type: ignore[method-assign]
    return asked


def test_a_connection_that_the_bridge_does_not_end_keeps_no_other_from_being_ended(lines: Lines) -> None:
    lookup = lines.bound()
    asked = stubborn(lines, lookup)
    lines.world.call("withdraw", by=lines.world.lender.value(), consent=lines.person.contact_consent,
                     through="lender")
    with pytest.raises(UnavailableError):
        lines.courier.calls.tend()
    assert lines.ends() == ["withdrawn"]
    assert len(asked) == 2
    assert lines.courier.calls.tend() == 0, "it waits before it is asked again"
    assert len(asked) == 2
    lines.world.clock.advance(60)
    with pytest.raises(UnavailableError):
        lines.courier.calls.tend()
    assert asked[2:] == ["0" * 32]


def test_the_number_is_shown_no_more_from_the_moment_that_something_restricts(lines: Lines) -> None:
    lookup = lines.bound()
    lines.world.call("withdraw", by=lines.world.lender.value(), consent=lines.person.contact_consent,
                     through="lender")
    assert lines.courier.call("call-number", {"lookup": lookup}) == {}


def test_a_call_whose_start_the_registry_never_takes_is_ended_all_the_same(lines: Lines) -> None:
    lookup = lines.ask()["lookup"]
    lines.start(vault=Refuses(lines.world.vault))
    lines.post.deliver()
    lines.world.append("sign-of-life/1", {"borrower": lines.person.borrower, "source": "login"}, lines.world.lender)
    assert lines.courier.calls.tend() == 1
    assert (lines.ends(), lines.company.lines) == (["withdrawn"], {})
    assert lines.courier.calls.tend() == 0
    with lines.post.store.begin() as db:
        assert delivery_book.unrecorded(db) == []
    assert lookup == lines.post.entries("call-unbound/1")[0]["lookup"]


def test_whatever_restricts_makes_the_bridge_let_go(lines: Lines) -> None:
    lookup = lines.bound()
    lines.world.append("sign-of-life/1", {"borrower": lines.person.borrower, "source": "login"}, lines.world.lender)
    lines.courier.calls.tend()
    assert (lines.ends(), lines.company.lines) == (["withdrawn"], {})
    assert lines.dial(lookup) == 404


def test_a_record_told_again_by_whatever_webhook_counts_once(lines: Lines) -> None:
    lookup = lines.bound()
    lines.dial(lookup)
    lines.world.clock.advance(5)
    assert lines.tell(lines.records[0], "msg_other") == "recorded"
    assert len(lines.post.entries("call-recorded/1")) == 1


def test_records_of_others_or_of_no_call_of_ours_are_refused(lines: Lines) -> None:
    lookup = lines.bound()
    lines.dial(lookup)
    assert lines.tell({**lines.records[0], "id": "0" * 32}, "msg_none") == "message-unknown"
    assert lines.tell({**lines.records[0], "talk_seconds": 0}, "msg_lie") == "event-malformed"
    lines.start("another-provider")
    assert lines.tell(lines.records[0], "msg_foreign") == "provider-not-ours"


def test_killed_between_binding_and_noting_it_asks_and_binds_nobody_twice(lines: Lines) -> None:
    lookup = lines.ask()["lookup"]
    bind = lines.bridge.bind

    def dies(wanted: Any) -> str:
        bind(wanted)
        raise Killed("the courier was killed after the bridge had connected the two")

    lines.bridge.bind = dies  # type: ignore[method-assign]
    with pytest.raises(Killed):
        lines.post.deliver()
    assert len(lines.company.lines) == 1, "it stands at the bridge, and our log does not know"
    assert lines.state(lookup) == "queued"
    lines.start()
    lines.post.deliver()
    assert lines.state(lookup) == "bound"
    assert len(lines.company.lines) == 1
    assert len(lines.post.entries("call-bound/1")) == 1
    assert lines.dial(lookup) == 200


def test_killed_for_good_it_is_over_by_itself_at_the_bridge(lines: Lines) -> None:
    lines.bound()
    [line] = lines.company.lines.values()
    assert line.expires_at == lines.world.clock.at - lines.world.clock.at % DAY + 12 * HOUR
    lines.world.at(0, "20:00")
    status, _ = lines.company.dial({"from": CALLER, "to": line.x, "outcome": "talked"})
    assert (status, lines.company.rung) == (404, [])


def test_a_record_that_comes_while_the_courier_was_down_is_not_lost(lines: Lines) -> None:
    lookup = lines.bound()
    number = lines.courier.call("call-number", {"lookup": lookup})["number"]
    lines.company.dial({"from": CALLER, "to": number, "outcome": "talked", "said": "stop"})
    lines.start()
    assert lines.hear() == ["recorded"]
    assert len(lines.post.entries("objected/1")) == 1


def test_a_bridge_that_is_down_is_asked_again_and_nothing_is_opened_twice(lines: Lines) -> None:
    lookup = lines.ask()["lookup"]
    lines.telephones.close()
    lines.post.deliver()
    assert lines.state(lookup) == "queued"
    lines.telephones = Telephones(lines.records.append, lines.world.clock.wall)
    lines.company = lines.telephones.company
    lines.start()
    lines.world.clock.advance(60)
    lines.post.deliver()
    assert lines.state(lookup) == "bound"


def test_what_the_bridge_refuses_for_good_is_over_and_an_alarm(lines: Lines) -> None:
    lookup = lines.ask(lines.person.contact_number)["lookup"]  # from the very line that is to be called
    lines.post.deliver()
    assert lines.state(lookup) == "failed"
    assert [one["alarm"] for one in lines.post.entries("alarm-raised/2")] == ["message-undeliverable"]


def test_no_number_is_in_the_couriers_database_or_the_log(lines: Lines, tmp_path: Path) -> None:
    lookup = lines.bound()
    lines.dial(lookup)
    kept = b"".join(path.read_bytes() for path in (tmp_path / "courier").glob("courier.db*"))
    logged = json.dumps(lines.world.vault.call("follow", {"after": 0, "limit": 500})["entries"])
    for number in (lines.person.contact_number, CALLER):
        assert number[1:].encode() not in kept
        assert number[1:] not in logged


def test_without_a_token_the_bridge_connects_nobody(lines: Lines) -> None:
    server = Server("127.0.0.1", lines.telephones.port, tls=False)
    with pytest.raises(UnavailableError):
        AxbBridge(BridgeSettings(server, "a wrong one", PROVIDER)).find("0" * 32)
