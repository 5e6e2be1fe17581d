"""A neighbour hangs: it lives, its connections stand, and it answers nothing (SIGSTOP).

Seen to fail: with the web tier's threads all waiting for the vault, `/healthz` took ten seconds; with a courier that
is believed for longer than five seconds, a number came out.
"""

from __future__ import annotations

import secrets
import time
from collections import Counter

from tests.faults.house import SOON, Crowd, House
from tests.promises.processes import stopped
from tests.system.world import until

CLIENTS = 40  # more than the web tier has threads
BOUND = 30.0  # seconds: a call gives up after 10, and this machine may be busy


def test_while_the_vault_hangs_everybody_is_told_so_and_health_is_answered(home: House) -> None:
    statuses: Counter[int] = Counter()
    longest, asked = [0.0], {}

    def ask(name: int, turn: int) -> None:
        key, body = secrets.token_hex(8), home.world.request("on-hold")
        began = time.monotonic()
        answer = home.world.ask("POST", "/v1/lookups", body, who="collector", key=key)
        longest[0] = max(longest[0], time.monotonic() - began)
        statuses[answer.status] += 1
        if answer.status == 503:
            assert int(answer.headers["retry-after"]) >= 1
            asked[key] = body
        time.sleep(0.1)

    with stopped(home.pid("vault")), Crowd(ask, CLIENTS):
        for _ in range(4):
            began = time.monotonic()
            assert home.world.ask("GET", "/healthz").status == 200
            # Two seconds pass until the first calls count as unanswered.
            assert time.monotonic() - began < 7
            time.sleep(0.7)
        until(lambda: statuses[503], "a refusal", BOUND)
        assert home.world.ask("GET", "/readyz").status == 503
    assert set(statuses) <= {503, 201}
    assert longest[0] < BOUND
    home.settle()
    # Whatever became of it behind the silence: the same key is one lookup.
    key, body = next(iter(asked.items()))
    again = [home.careful("POST", "/v1/lookups", body, who="collector", key=key).json["lookup"] for _ in range(2)]
    assert again[0] == again[1]


def test_while_the_courier_hangs_nothing_is_opened_and_all_else_goes_on(home: House) -> None:
    provider = f"/v1/providers/{home.world.card['provider']['name']}"
    with stopped(home.pid("courier")):
        until(lambda: home.world.ask("GET", "/readyz").json["courier"] == "courier-unavailable", "its silence", SOON)
        denied = home.world.look("unreachable").json
        assert (denied["verdict"], denied["state"]) == ("deny", "unavailable")
        assert "release" not in denied
        assert home.world.ask("GET", "/healthz").status == 200
        hold = f"/v1/borrowers/{home.world.people['reachable']['borrower']}/holds"
        assert home.world.ask("POST", hold, {"type": "dispute"}, who="lender", key=True).status == 201
        told = home.world.ask("GET", provider, who="officer")
        assert (told.status, told.code) == (503, "vault-unavailable")
    home.settle()
    until(lambda: home.world.ask("GET", provider, who="officer").status == 200, "the courier's own answer")
    assert home.world.look("unreachable", key="the-permit").json["verdict"] == "permit", "the denial used nothing up"
