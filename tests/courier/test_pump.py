"""The pump: callbacks to the courier, sealed values to messages, entries to projections; nothing is lost."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
import structlog

from registry.courier.providers.event import Callback
from registry.errors import MalformedError, UnavailableError
from registry.model.entries import Entry
from registry.model.times import SECOND
from registry.web.pump import INBOX_BATCH, InboxItem, Pump, seal_callback
from tests.courier.test_deliver import listed
from tests.courier.world import START, World, signed


class MemoryStore:
    """A web database of lists."""

    def __init__(self) -> None:
        self.inbox: list[InboxItem] = []
        self.projected: list[Entry] = []
        self.next = 0
        self.asked: list[tuple[str, tuple[str, ...]]] = []

    def oldest_inbox(self, limit: int) -> Sequence[InboxItem]:
        return list(self.inbox[:limit])

    def delete_inbox(self, item: str) -> None:
        self.inbox = [one for one in self.inbox if one.id != item]

    def blobs(self, subject: str, names: Sequence[str]) -> Mapping[str, bytes]:
        self.asked.append((subject, tuple(names)))
        return dict.fromkeys(names, b"sealed")

    def cursor(self) -> int:
        return self.next

    def project(self, entries: Sequence[Entry], cursor: int) -> None:
        self.projected += entries
        self.next = cursor


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def pump(store: MemoryStore, world: World) -> Pump:
    return Pump(store, world.vault, world.courier)


def arrive(store: MemoryStore, world: World, item: str, **changes: Any) -> None:
    """What web does for a callback: seal and commit. Nothing is verified and nobody is asked."""
    body = json.dumps(world.event(**changes)).encode()
    headers = signed(f"msg_{item}", world.clock.wall() // SECOND, body)
    sealed = seal_callback(world.store.keys.public()["courier_enc"], headers, body)
    store.inbox.append(InboxItem(item, "neutral-voice", world.clock.wall(), sealed))


def test_callbacks_go_to_the_courier_and_leave_the_inbox(store: MemoryStore, pump: Pump, world: World) -> None:
    arrive(store, world, "a")
    arrive(store, world, "b", seq=2, attempt_id="call-2")
    assert pump.callbacks() == 2
    assert store.inbox == []
    assert [body["seq"] for body in world.attempts()] == [1, 2]


def test_a_callback_that_proves_nothing_leaves_the_inbox_too(store: MemoryStore, pump: Pump, world: World) -> None:
    store.inbox.append(InboxItem("x", "neutral-voice", START, "a.b.c.d.e"))
    arrive(store, world, "y", note="unknown member")
    assert pump.callbacks() == 2
    assert store.inbox == []
    assert world.refused() == ["seal-invalid", "event-malformed"]


def test_while_the_vault_is_away_callbacks_stay(store: MemoryStore, pump: Pump, world: World) -> None:
    def away(op: str) -> None:
        raise UnavailableError("away")

    arrive(store, world, "a")
    world.vault.before = away
    assert pump.once() == 0
    assert [one.id for one in store.inbox] == ["a"]
    world.vault.before = lambda op: None
    pump.once()
    assert store.inbox == []
    assert len(world.attempts()) == 1


def test_one_callback_that_cannot_be_settled_does_not_hold_back_the_next(
    store: MemoryStore, world: World,
) -> None:
    class Choosy:
        def call(self, op: str, args: dict[str, Any]) -> dict[str, Any]:
            if args.get("item") == "a":
                raise MalformedError("not this one")
            return world.courier.call(op, args)

    arrive(store, world, "a")
    arrive(store, world, "b")
    assert Pump(store, world.vault, Choosy()).callbacks() == 1
    assert [one.id for one in store.inbox] == ["a"]


def test_however_many_cannot_be_settled_the_others_are_and_each_is_told_once(
    store: MemoryStore, world: World,
) -> None:
    class Choosy:
        def call(self, op: str, args: dict[str, Any]) -> dict[str, Any]:
            if args["item"].startswith("stuck"):
                raise MalformedError("not this one")
            return world.courier.call(op, args)

    for place in range(INBOX_BATCH + 10):
        arrive(store, world, f"stuck{place}")
    arrive(store, world, "b")
    pump = Pump(store, world.vault, Choosy())
    with structlog.testing.capture_logs() as lines:
        assert sum(pump.callbacks() for _ in range(3)) == 1
    assert "b" not in {one.id for one in store.inbox}
    assert len(store.inbox) == len(lines) == INBOX_BATCH + 10


def test_only_headers_that_a_signature_can_have_travel_with_a_callback(world: World) -> None:
    headers = {"Webhook-Id": "m1", "webhook-timestamp": "\xe9" * 4096, "webhook-signature": "v1," + "A" * 4096,
               "x-secret": "+8610000008888"}
    sealed = seal_callback(world.store.keys.public()["courier_enc"], headers, b"x" * 64 * 1024)
    assert world.store.keys.open_callback(sealed) == Callback({"webhook-id": "m1"}, b"x" * 64 * 1024)


def test_a_callback_handed_over_twice_makes_one_entry(store: MemoryStore, pump: Pump, world: World) -> None:
    # The pump died after the courier had settled it and before the inbox forgot it.
    arrive(store, world, "a")
    [item] = store.inbox
    pump.callbacks()
    store.inbox.append(item)
    assert pump.callbacks() == 1
    assert len(world.attempts()) == 1


def test_messages_get_the_sealed_values_they_name(store: MemoryStore, pump: Pump, world: World) -> None:
    listed(world)
    world.courier.follow()
    assert pump.blobs() == 1
    assert [names for _, names in store.asked] == [("name",)]
    assert len(world.outbox.messages()) == 1


def test_entries_are_projected_once_each_and_in_order(store: MemoryStore, pump: Pump, world: World) -> None:
    for _ in range(3):
        listed(world)
    assert pump.entries() == 4
    assert pump.entries() == 0
    assert [entry.index for entry in store.projected] == [0, 1, 2, 3]
    assert store.projected[1].at == START
    listed(world)
    assert pump.entries() == 1
    assert store.projected[-1].index == 4


def test_reading_the_log_for_the_web_tier_does_not_make_the_courier_look_alive(
    pump: Pump, world: World,
) -> None:
    seen: list[dict[str, Any]] = []
    ask = world.vault.call
    world.vault.call = lambda op, args: (seen.append(args), ask(op, args))[1]  # type: ignore[func-returns-value, method-assign]
    pump.entries()
    assert [args.get("courier") for args in seen] == [None]


def test_an_absent_courier_does_not_stop_the_projections(store: MemoryStore, world: World) -> None:
    class Absent:
        def call(self, op: str, args: dict[str, Any]) -> dict[str, Any]:
            raise UnavailableError("away")

    assert Pump(store, world.vault, Absent()).once() == 1
    assert store.next == 1


def test_it_runs_until_it_is_told_to_stop(store: MemoryStore, pump: Pump, world: World) -> None:
    arrive(store, world, "a")
    stop = threading.Event()
    running = threading.Thread(target=pump.run, args=(stop,), daemon=True)
    running.start()
    deadline = time.monotonic() + 5
    while store.inbox and time.monotonic() < deadline:
        time.sleep(0.01)
    stop.set()
    running.join(5)
    assert not running.is_alive()
    assert store.inbox == []


def test_a_look_that_fails_stops_neither_the_next_one_nor_what_is_carried(
    store: MemoryStore, pump: Pump, world: World,
) -> None:
    stop, taken = threading.Event(), list[int]()

    def fails() -> None:
        raise TypeError("a row that nobody foresaw")

    def looks() -> None:
        taken.append(len(store.inbox))
        if len(taken) == 2:
            stop.set()
        arrive(store, world, "one")

    with structlog.testing.capture_logs() as told:
        pump.run(stop, fails, looks)
    assert taken == [0, 0], "what came between was carried"
    assert [one["error"] for one in told if one["event"] == "unexpected"] == ["TypeError"] * 2
    assert "nobody foresaw" not in str(told)


def test_rows_that_nobody_foresaw_stop_the_projections_alone_and_are_told_once(
    store: MemoryStore, pump: Pump, world: World, monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As where somebody has set their cursor back: the rows are there already."""
    listed(world)
    failing, project = [True], store.project

    def fails(entries: Sequence[Entry], cursor: int) -> None:
        if failing:
            raise TypeError("a row that nobody foresaw")
        project(entries, cursor)

    monkeypatch.setattr(store, "project", fails)
    with structlog.testing.capture_logs() as told:
        for item in ("one", "two"):
            arrive(store, world, item)
            pump.once()
            assert store.inbox == []
    assert [one["error"] for one in told if one["event"] == "unexpected"] == ["TypeError"]
    assert "nobody foresaw" not in str(told)
    failing.clear()
    assert pump.once() > 0
    assert store.projected


def test_sealing_a_full_callback_is_far_within_what_a_provider_waits(world: World) -> None:
    # A callback must be acknowledged within 300 ms: what web does for it is this, and one commit.
    key = world.store.keys.public()["courier_enc"]
    body = b"x" * 64 * 1024
    began = time.process_time()
    for _ in range(10):
        seal_callback(key, signed("msg_1", 1, body), body)
    assert (time.process_time() - began) / 10 < 0.1


def test_the_pump_rests_unless_it_left_something_that_waits(
    store: MemoryStore, world: World, pump: Pump,
) -> None:
    class Resting(threading.Event):
        """Ends the run at the first rest."""

        def wait(self, timeout: float | None = None) -> bool:
            self.set()
            return True

    passes = []
    for number in range(60):
        arrive(store, world, f"n{number}", attempt_id=f"call-{number}")
    pump.run(Resting(), lambda: passes.append(len(store.inbox)))
    assert passes == [10, 0]
    for number in range(20):
        arrive(store, world, f"m{number}", attempt_id=f"again-{number}")
    passes.clear()
    pump.run(Resting(), lambda: passes.append(len(store.inbox)))
    assert passes == [0]
