"""Everybody in the story, and what they do over HTTP."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from registry.demo.http import Client
from registry.demo.provider import Attempt, signed
from registry.demo.stage import Terminal, expect
from registry.model.times import MINUTE, parse_rfc3339
from registry.vault.clock import wall_now


@dataclass(frozen=True, slots=True)
class Cast:
    """Everybody in the story."""

    world: dict[str, Any]
    person: dict[str, Any]
    folder: Path
    terminal: Terminal

    def client(self, who: str = "") -> Client:
        """The HTTP client of a party by its name in demo.json; nobody without a name."""
        return Client(self.world["url"], self.world["tokens"][who] if who else "")

    def ask(self, mode: str = "number") -> dict[str, Any]:
        """The collector asks for the contact's number, or for a message to be relayed; both verdicts are a record,
        201."""
        body = {
            "account": self.person["account"], "about": "contact", "purpose": self.world["purpose"], "mode": mode,
            "agent": self.world["agent"],
        }
        return expect(self.client("collector").post("/v1/lookups", body), 201)

    def log_now(self) -> str:
        """The log clock, which a demo may advance."""
        return str(expect(self.client("officer").get("/v1/demo/clock"), 200)["now"])

    def outbox(self, to: str) -> list[dict[str, Any]]:
        """Messages to one address, oldest first."""
        path = f"/v1/demo/outbox?to={to.replace('+', '%2B')}"
        return list(expect(self.client("officer").get(path), 200)["items"])

    def ask_until(self, state: str) -> dict[str, Any] | None:
        """The answer once it is in that state."""
        answer = self.ask()
        return answer if answer.get("state") == state else None

    def newest(self, to: str, template: str) -> dict[str, Any] | None:
        """The newest message of a template to an address."""
        found = [one for one in self.outbox(to) if one["template"] == template]
        return found[-1] if found else None

    def post_attempt(self, seq: int, secret: str) -> None:
        """Posts a webhook as the provider would: 202 whatever the signature, only the courier can tell."""
        voice = next(one for one in self.person["channels"] if one["medium"] == "voice")
        began = parse_rfc3339(self.log_now()) - MINUTE
        attempt = Attempt(f"story-{seq}", seq, "voice", voice["address"], {"q850": 20}, began)
        headers, body = signed(attempt.event(), secret, f"msg_{secrets.token_hex(8)}", wall_now())
        path = f"/v1/attempts/{self.world['provider']['name']}"
        expect(self.client().send("POST", path, body, headers), 202)

    def next_seq(self) -> int:
        """The sequence number that the provider's next event must have."""
        return int(self._provider()["next_seq"])

    def refused_events(self) -> list[dict[str, Any]] | None:
        """Webhooks that the courier refused, once there is one."""
        return list(self._provider()["refused"]) or None

    def _provider(self) -> dict[str, Any]:
        return expect(self.client("officer").get(f"/v1/providers/{self.world['provider']['name']}"), 200)
