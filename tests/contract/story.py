"""A dialler's team tries its integration: from seven attempts to the number, and a withdrawal that came in time."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from tests.contract.client import Answer, World, later, run, until

Step = dict[str, Any]
NAME = "attempts-missing"


def sign(world: World, officer: int, to_sign: str) -> Step:
    """An officer's element of `auth`, as CONTRACT section 6 says: Ed25519 over the act's digest."""
    card = world.card["officers"][officer]
    text = Path(card["key"]).read_bytes()
    data = base64.urlsafe_b64decode(to_sign + "=" * (-len(to_sign) % 4))
    signature = private(text).sign(b"consentry-act/1\n" + hashlib.sha256(data).digest())
    return {"officer": card["id"], "alg": "Ed25519", "sig": base64.urlsafe_b64encode(signature).decode().rstrip("=")}


def private(text: bytes) -> Ed25519PrivateKey:
    """The key in an officer's key file: PEM, a JWK, or JSON with the seed in base64url."""
    if text.lstrip().startswith(b"-----"):
        key = load_pem_private_key(text, None)
        assert isinstance(key, Ed25519PrivateKey)
        return key
    held = json.loads(text)
    seed = held.get("d") or held.get("key") or held.get("private") or held.get("seed")
    return Ed25519PrivateKey.from_private_bytes(base64.urlsafe_b64decode(seed + "=" * (-len(seed) % 4)))


def attempt(world: World, name: str = NAME) -> Answer:
    """The borrower's telephone rings out."""
    person = world.people[name]
    channel = next(row["id"] for row in person["channels"] if row["medium"] == "voice")
    return world.ask("POST", "/v1/demo/attempts", {
        "channel": channel, "cause": {"q850": 19}, "ring_seconds": 30, "account": person["account"]}, who="collector")


def report(world: World, lookup: str, outcome: str) -> Answer:
    """What came of a number."""
    return world.ask("POST", f"/v1/lookups/{lookup}/outcomes", {
        "outcome": outcome, "at": later(world.now()), "agent": world.card["agent"]}, who="collector", key=True)


def play(world: World) -> dict[str, Any]:
    """The story, answer by answer."""
    person, told = world.people[NAME], {}
    told["withdrawn"] = withdrawal(world)
    told["start"] = world.look(NAME).json
    told["attempt"] = attempt(world)
    told["eighth"] = world.look(NAME).json
    notice = f"/v1/accounts/{person['account']}/notices"
    told["notice"] = world.ask("POST", notice, {}, who="collector", key=True)
    told["same day"] = world.ask("POST", notice, {}, who="collector", key=True)
    mail = next(row["address"] for row in person["channels"] if row["medium"] == "email")
    told["sent"] = until(lambda: world.outbox(mail), "the notice in the outbox")
    told["running"] = until(
        lambda: (answer := world.look(NAME).json)["state"] == "notice-running" and answer, "the notice to run")
    told["before"] = world.now()
    told["clock"] = world.ask("POST", "/v1/demo/clock", {"advance": "P7D"}, who="officer")
    told["stale"] = world.look(NAME).json
    world.feed()
    told["a week on"] = world.look(NAME).json
    attempt(world)
    told["complete"] = world.look(NAME).json
    told["asked twice"] = world.look(NAME).json
    told |= approval(world, told["complete"]["approval"])
    told["permit"] = world.look(NAME).json
    told["spent"] = world.look(NAME).json
    told |= listed(world)
    told |= overdue(world, told["permit"]["lookup"])
    return told


def approval(world: World, ident: str) -> dict[str, Any]:
    """An officer reads what is open, takes a draft, and signs it himself; the CLI signs the same."""
    body = {"approval": ident, "verdict": "approve", "note": "Checked with the lender."}
    told: dict[str, Any] = {"open": world.ask("GET", "/v1/approvals?state=open", who="officer").json}
    told["draft"] = world.ask("POST", "/v1/approvals?draft=1", body, who="officer")
    draft = told["draft"].json
    told["unsigned"] = world.ask("POST", "/v1/approvals", body, who="officer")
    forged = sign(world, 0, draft["to_sign"])
    told["forged"] = world.ask("POST", "/v1/approvals", {**body, "auth": [
        {**forged, "officer": world.card["officers"][1]["id"]}]}, who="officer")
    told["by the command"] = run("officer", "sign", "--key", world.card["officers"][0]["key"],
                                 stdin=json.dumps(draft))
    told["by hand"] = forged
    told["approved"] = world.ask("POST", "/v1/approvals", {**body, "auth": [forged]}, who="officer")
    told["still open"] = world.ask("GET", "/v1/approvals?state=open", who="officer").json
    return told


def listed(world: World) -> dict[str, Any]:
    """Another borrower's approval, signed as it stands in the list of what is open."""
    ident = world.look("notice-running").json["approval"]
    rows = world.ask("GET", "/v1/approvals?state=open", who="officer").json["items"]
    row = next(row for row in rows if row["approval"] == ident)
    signed = run("officer", "sign", "--key", world.card["officers"][0]["key"], stdin=json.dumps(row))
    done = world.ask("POST", "/v1/approvals", {
        "approval": ident, "verdict": "approve", "auth": [json.loads(signed.stdout)]}, who="officer")
    second = world.look("notice-running").json
    report(world, second["lookup"], "no-answer")
    return {"approved as listed": done, "second permit": second}


def overdue(world: World, lookup: str) -> dict[str, Any]:
    """Nobody says what came of the number for more than 48 hours; then somebody does."""
    told: dict[str, Any] = {}
    world.ask("POST", "/v1/demo/clock", {"advance": "PT49H"}, who="lender")
    world.feed()
    told["overdue"] = world.look("on-hold", account="0" * 32).json
    told["refused"] = report(world, lookup, "refused")
    told["reported"] = world.look(NAME).json
    told["why"] = world.reasons(told["reported"]["lookup"])
    return told


def withdrawal(world: World) -> dict[str, Any]:
    """A permit, a withdrawal by the borrower's lender, and the permit asked for again."""
    told: dict[str, Any] = {"permit": world.look("unreachable", key="before-and-after")}
    person = world.people["unreachable"]
    listed = world.ask("GET", f"/v1/consents?borrower={person['borrower']}&state=given", who="lender").json["items"]
    mine = next(row["consent"] for row in listed if row["giver"] == "borrower")
    told["consent"] = mine
    told["withdrawal"] = world.ask("POST", f"/v1/consents/{mine}/withdrawal", {}, who="collector", key=True)
    told["again"] = world.look("unreachable", key="before-and-after")
    report(world, told["permit"].json["lookup"], "no-answer")
    return told
