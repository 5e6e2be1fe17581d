"""What a naive reader of the log says to each number that came out, each message that left, and each denial."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from registry.model.entries import Actor
from registry.model.times import parse_stamp, stamp
from tests.promises.naive.look import Told
from tests.promises.naive.messages import misdirected
from tests.promises.naive.opinion import again, answered, decided, given, unneeded

# The rules are stricter here than POLICY's words, and say so: docs/adr/0004 and the paragraph of the reason.
STRICTER = frozenset({"contact-is-borrower", "outside-hours"})


class HasAddresses(Protocol):
    """A world that remembers in clear whose address is which: by contact and by channel."""

    @property
    def addresses(self) -> Mapping[str, str]: ...
    def opened(self, answer: Mapping[str, Any], by: Actor | None = None) -> dict[str, Any]: ...


@dataclass(slots=True)
class Opinions:
    """See the module's docstring. `log` grows while it is watched."""

    town: HasAddresses
    log: Sequence[Told]
    seen: Counter[str]
    out: dict[str, int] = field(default_factory=dict)  # lookup -> how often its number came out

    def decided(self, entry: Told) -> None:
        """A permit has no ground against it, and a denial has one, that the naive reader sees too."""
        if entry.kind != "lookup-decided/1":
            return
        body = entry.body
        self.seen[f"{body['verdict']} {body['about']} {body['mode']}"] += 1
        for code in (*body["reasons"], *body["system"]):
            self.seen[f"reason {code}"] += 1
        if body["verdict"] == "permit":
            found = decided(self.log, entry)
            assert found == [], f"permitted, and yet {found}"
        elif body["mode"] != "call" and not STRICTER & set(body["reasons"]):
            assert not unneeded(self.log, entry), f"denied without a ground: {body['reasons']}"

    def looked_up(self, args: Mapping[str, Any], answer: Mapping[str, Any], until: int, at: int) -> None:
        """Whatever came with an answer had to come."""
        if "release" not in answer:
            assert answer["verdict"] == "deny" or "message" in answer, answer
            return
        assert answer["verdict"] == "permit"
        lookup, first = answer["lookup"], answer["lookup"] not in self.out
        permit = self.log[answer["log_index"]]
        later = [one for one in self.log[:until] if one.kind == "lookup-redelivered/1"
                 and one.body["lookup"] == lookup]
        claims = self._claims(args, answer, permit)
        if permit.body["about"] == "borrower":
            channels = [one["channel"] for one in claims["channels"]]
            found = given(self.log, permit, channels, until, datetime.fromisoformat(stamp(at)))
        elif later:
            found = again(self.log, permit, later[-1].place, until)
        else:
            found = answered(self.log, permit, until)
        assert found == [], f"number {'first' if first else 'again'} out, and yet {found}"
        assert at < parse_stamp(permit.body["expires_at"]), "the permit had run out"
        self.out[lookup] = self.out.get(lookup, 0) + 1
        self.seen["number out again" if later else "number out"] += 1

    def _claims(self, args: Mapping[str, Any], answer: Mapping[str, Any], permit: Told) -> dict[str, Any]:
        """It went to whom it was decided for, and is what was registered."""
        by = Actor(args["by"]["role"], args["by"]["id"])
        claims = self.town.opened(answer, by)
        assert (claims["jti"], claims["log_index"], claims["aud"]) == (permit.id, permit.place, by.id)
        assert (permit.id, permit.body["client"]) == (answer["lookup"], by.id)
        assert claims["sub"] == permit.body["account"] == args["account"]
        told = {permit.body["contact"]: claims["number"]} if permit.body["about"] == "contact" else {
            one["channel"]: one["value"] for one in claims["channels"]}
        assert told
        assert told == {one: self.town.addresses[one] for one in told}, "not the number that was registered"
        return claims

    def sent(self, args: Mapping[str, Any], answer: Mapping[str, Any]) -> None:
        """An address was given to the courier: the right one, for a message that had to leave."""
        opened = next(one for one in reversed(self.log) if one.id == answer["opened"])
        asked = self.log[args["index"]]
        subject = args.get("channel", asked.body.get("contact", asked.body.get("subject")))
        assert answer["to"] == self.town.addresses[subject], "not the address"
        found = misdirected(self.log, asked, opened)
        assert found == [], f"{args['template']} left, and yet {found}"
        self.seen[f"sent {args['template']}"] += 1
