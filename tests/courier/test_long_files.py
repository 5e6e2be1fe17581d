"""A long file of calls: settled in turns, others in between; killed at any point, each row is in the log once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from registry.courier.providers.event import Callback
from registry.courier.recording import AT_ONCE
from registry.model.times import SECOND
from registry.web.pump import seal_callback
from tests.courier.providers.desk import NAME
from tests.courier.providers.test_cdr import CSV, Switch, call, csv_of
from tests.courier.world import BORROWER, CHANNEL, LINE, PROVIDER, Killed, killed_at, named, signed

ROWS = 3 * AT_ONCE + 1
FILE = csv_of(*(call(n) for n in range(1, ROWS + 1)))


@pytest.fixture
def switch(tmp_path: Path) -> Switch:
    return Switch(tmp_path)


def hand_in(switch: Switch, body: bytes = FILE, ident: str = "file-1") -> bool:
    """Gives the courier a file as the pump does, once. True: it is done, and the pump forgets it."""
    jwe = seal_callback(switch.world.store.keys.public()["courier_enc"],  # type: ignore[arg-type]
                        signed(ident, switch.now // SECOND, body), body, "cdr", "", CSV)
    args = {"item": ident, "provider": NAME, "received_at": switch.now, "jwe": jwe}
    done: bool = switch.world.courier.call("callback", args)["done"]
    return done


def hand_in_whole(switch: Switch) -> None:
    while not hand_in(switch):
        pass


def numbers(switch: Switch) -> list[int]:
    return [body["seq"] for body in switch.world.attempts()]


def whole(switch: Switch) -> bool:
    return numbers(switch) == list(range(1, ROWS + 1)) and switch.status()["waiting"] == 0


def test_a_turn_appends_some_rows_and_the_file_is_done_with_the_last(switch: Switch) -> None:
    told = []
    while not told or not told[-1]:
        told.append(hand_in(switch))
        assert len(numbers(switch)) == min(ROWS, len(told) * AT_ONCE)
    assert told == [False, False, False, True]
    assert whole(switch)
    assert hand_in(switch), "the same file again is done already"
    assert whole(switch)


def test_until_then_it_waits_and_none_of_its_numbers_is_a_gap(switch: Switch) -> None:
    hand_in(switch)
    assert (switch.status()["waiting"], switch.status()["gaps"], switch.status()["next_seq"]) == (1, [], ROWS + 1)


def test_between_two_turns_another_file_is_settled_and_a_message_goes_out(switch: Switch) -> None:
    assert not hand_in(switch)
    assert hand_in(switch, csv_of(call(ROWS + 1, q850=21, hangup_by="callee")), "file-2")
    assert switch.world.attempts()[-1]["class"] == "declined"
    body: dict[str, Any] = {"notice": named("notice"), "account": named("account"), "borrower": BORROWER}
    switch.world.asks("borrower-notice", "notice-requested/1", {**body, "agency": named("agency")}, CHANNEL)
    assert switch.world.deliver() == 1
    hand_in_whole(switch)
    assert sorted(numbers(switch)) == list(range(1, ROWS + 2))


def test_the_follower_goes_on_with_it_too_and_no_row_is_twice(switch: Switch) -> None:
    assert not hand_in(switch)
    switch.world.courier.follow()
    assert len(numbers(switch)) == 2 * AT_ONCE
    assert not hand_in(switch)
    switch.world.courier.follow()
    assert whole(switch)
    assert hand_in(switch)
    assert whole(switch)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("row", [1, 2, AT_ONCE, AT_ONCE + 1, 2 * AT_ONCE - 1, ROWS])
def test_killed_around_any_row_each_is_in_the_log_once(switch: Switch, when: str, row: int) -> None:
    seen = 0

    def kill(op: str) -> None:
        nonlocal seen
        seen += op == "append"
        if seen == row and op == "append":
            killed_at("append")(op)

    setattr(switch.world.vault, when, kill)
    with pytest.raises(Killed):
        hand_in_whole(switch)
    assert len(numbers(switch)) == row - (when == "before")
    switch.world.restart()
    hand_in_whole(switch)
    assert whole(switch)
    assert len({body["attempt"] for body in switch.world.attempts()}) == ROWS


def test_killed_between_two_turns_the_next_life_needs_no_file_to_go_on(switch: Switch) -> None:
    assert not hand_in(switch)
    switch.world.restart()
    for _ in range(3):
        switch.world.courier.follow()
    assert whole(switch)


def test_a_row_that_became_too_old_between_two_turns_keeps_its_number(switch: Switch) -> None:
    assert not hand_in(switch)
    switch.world.clock.pass_(25 * 3600 * SECOND)
    for _ in range(2 * ROWS // AT_ONCE):  # what is refused and written anew takes two steps of a turn
        switch.world.courier.follow()
    assert whole(switch)
    assert ["channel" in body for body in switch.world.attempts()] == [n < AT_ONCE for n in range(ROWS)]


def test_given_in_one_process_a_file_is_settled_whole(switch: Switch) -> None:
    headers = signed("file-1", switch.now // SECOND, FILE)
    assert switch.post(Callback(headers, FILE, "", CSV)) == "recorded"
    assert whole(switch)
    assert {(body["provider"], body["line"]) for body in switch.world.attempts()} == {(PROVIDER, LINE)}
