"""`make demo`: a lookup refused, then lawfully granted, then proved; in real HTTP against real processes."""

from __future__ import annotations

import base64
import json
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from registry import officer
from registry.demo.http import Client
from registry.demo.provider import Attempt, signed
from registry.demo.stage import Terminal, command, expect, served_world, wait_for
from registry.model.times import parse_rfc3339, stamp
from registry.vault.clock import wall_now

CASE = "attempts-missing"


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

    def ask(self) -> dict[str, Any]:
        """The collector asks for the contact's number; both verdicts are a record, 201."""
        body = {
            "account": self.person["account"], "about": "contact", "purpose": self.world["purpose"], "mode": "number",
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


def play(*, keep: bool) -> None:
    """The whole story. Raises StoryError at the first thing that does not hold."""
    folder = Path(tempfile.mkdtemp(prefix="consentry-story-"))
    terminal = Terminal()
    terminal.say("Three processes and a demo world start in a temporary folder…")
    try:
        with served_world(folder) as world:
            person = next(one for one in world["borrowers"] if one["name"] == CASE)
            cast = Cast(world, person, folder, terminal)
            refused(cast)
            tried(cast)
            told(cast)
            waited(cast)
            approved(cast)
            lookup = granted(cast)
            informed(cast)
            proved(cast, lookup)
            withdrawn(cast)
        terminal.say("")
        terminal.say("The story holds.")
    finally:
        if keep:
            terminal.say(f"kept: {folder}")
        else:
            shutil.rmtree(folder)


def refused(cast: Cast) -> None:
    """Seven attempts where eight are needed."""
    show = cast.terminal
    show.step("A collector asks for an emergency contact's number, and is refused with what to do next")
    answer = cast.ask()
    show.show(answer, "verdict", "state", "missing", "next", "log_index")
    show.holds(answer["verdict"] == "deny" and answer["state"] == "trying", "the borrower was not tried enough")
    missing = {one["code"]: one for one in answer["missing"]}
    show.holds(missing["attempts-too-few"]["have"] == 7, "seven attempts of eight count")
    show.holds("release" not in answer, "no number is in the answer, and the refusal is in the log")


def tried(cast: Cast) -> None:
    """A forged event counts nothing; a signed one counts."""
    show, name = cast.terminal, cast.world["provider"]["name"]
    show.step("The provider reports one more attempt; a forged report counts nothing")
    before = expect(cast.client("officer").get(f"/v1/providers/{name}"), 200)["next_seq"]
    post_attempt(cast, before, "whsec_" + base64.b64encode(b"not the provider's secret").decode())
    wait_for(lambda: provider_refused(cast), "the courier to refuse the forged event")
    show.holds(provider_next(cast) == before, "an event with a wrong signature is refused by the courier")
    post_attempt(cast, before, cast.world["provider"]["secret"])
    wait_for(lambda: provider_next(cast) > before or None, "the attempt to be logged")
    show.holds(True, "a signed event is in the log as attempt number " + str(before))


def told(cast: Cast) -> None:
    """The notice, on every channel that can carry text."""
    show = cast.terminal
    show.step("Now the borrower must be told, and have time")
    answer = cast.ask()
    show.show(answer, "state", "missing", "next")
    show.holds(answer["state"] == "notice-needed", "the effort is complete and the notice is missing")
    path = f"/v1/accounts/{cast.person['account']}/notices"
    expect(cast.client("collector").post(path, {}), 201)
    for channel in cast.person["channels"]:
        if channel["medium"] in {"sms", "email"}:
            notice = wait_for(lambda to=channel["address"]: newest(cast, to, "borrower-notice"), "the notice")  # type: ignore[misc]
            show.say(f"{channel['medium']}: {notice['text'].splitlines()[0]}")
    show.holds(True, "the notice went out on every personal channel that carries text")
    answer = wait_for(lambda: state_is(cast.ask(), "notice-running"), "the notice to be judged")
    show.show(answer, "state", "next")
    show.holds(answer["next"]["action"] == "wait", "the grace period runs")


def waited(cast: Cast) -> None:
    """Seven days later: feeds again, then only the approval is missing."""
    show = cast.terminal
    show.step("Seven days pass on the log's clock (a demo's clock can be advanced; each advance is an entry)")
    expect(cast.client("officer").post("/v1/demo/clock", {"advance": "P7D"}), 200)
    answer = cast.ask()
    show.show(answer, "state", "missing", "next")
    show.holds(answer["state"] == "unavailable", "stale feeds close the gate: no sign of life must not mean no data")
    for feed in ("payments", "logins", "inbound"):
        expect(cast.client("lender").put(f"/v1/feeds/{feed}", {"complete_through": cast.log_now()}), 200)
    show.say("the lender's feeds are complete again")


def approved(cast: Cast) -> None:
    """A human officer looks at the facts and signs."""
    show = cast.terminal
    answer = cast.ask()
    show.step("An officer approves, with a key that only the officer holds")
    show.show(answer, "state", "missing", "next", "approval")
    show.holds(answer["state"] == "approval-needed", "only a human's approval is missing")
    items = expect(cast.client("officer").get("/v1/approvals?state=open"), 200)["items"]
    item = next(one for one in items if one["approval"] == answer["approval"])
    show.say(officer.in_words(item["entry"]))
    auth = officer.sign(item["entry"], Path(cast.world["officers"][0]["key"]))
    body = {"approval": answer["approval"], "verdict": "approve", "auth": [auth]}
    expect(cast.client("officer").post("/v1/approvals", body), 201)
    show.holds(True, "the approval is in the log with the officer's signature")


def granted(cast: Cast) -> dict[str, Any]:
    """The permit, opened with the collector's own key."""
    show = cast.terminal
    show.step("The collector asks again: the number leaves, encrypted to the collector's key")
    answer = cast.ask()
    show.show(answer, "verdict", "log_index", "expires_at", "obligations")
    show.holds(answer["verdict"] == "permit", "both consents and unreachability hold")
    show.holds(cast.person["contact_number"] not in json.dumps(answer), "nobody on the way can read the number")
    opened = command("open", "--key", cast.world["collector_jwk"], stdin=json.dumps(answer))
    show.say(f"registry open: {opened.stdout.strip() or opened.stderr.strip()}")
    show.holds(opened.stdout.strip() == cast.person["contact_number"], "`registry open` prints the contact's number")
    outcome = {"outcome": "will-relay", "at": cast.log_now(), "agent": cast.world["agent"]}
    expect(cast.client("collector").post(f"/v1/lookups/{answer['lookup']}/outcomes", outcome), 201)
    show.holds(True, "the collector reports what happened: the contact will relay the message")
    return answer


def informed(cast: Cast) -> None:
    """Both people learn of the use."""
    show = cast.terminal
    show.step("The borrower and the contact are told of the use")
    text = next(one for one in cast.person["channels"] if one["medium"] == "sms")["address"]
    for to, template in ((text, "use-borrower"), (cast.person["contact_number"], "use-contact")):
        message = wait_for(lambda to=to, template=template: newest(cast, to, template), template)  # type: ignore[misc]
        show.say(f"{template}: {message['text']}")
    show.holds(True, "a message that does not come would be noticed")


def proved(cast: Cast, lookup: dict[str, Any]) -> None:
    """An auditor needs nothing but the log."""
    show = cast.terminal
    show.step("An auditor checks the log without trusting us, and makes every decision again")
    view = expect(cast.client("auditor").get(f"/v1/audit/lookups/{lookup['lookup']}"), 200)
    show.show(view, "reasons", "replay")
    show.holds(view["replay"]["agrees"], "this decision replays to the same verdict")
    log = ["--log", f"{cast.world['url']}/log", "--key", cast.world["log"]["vkey"]]
    for check in ("verify", "replay"):
        done = command("audit", check, *log, "--token", cast.world["tokens"]["auditor"])
        line = (done.stdout.strip() or done.stderr.strip()).splitlines()[-1]
        show.say(f"registry audit {check}: {line}")
        show.holds(done.returncode == 0 and line.startswith("ok"), f"`registry audit {check}` ends with ok")


def withdrawn(cast: Cast) -> None:
    """One click of the contact; then even the past effort opens nothing."""
    show = cast.terminal
    show.step("The contact withdraws with one click; the next lookup is refused")
    message = newest(cast, cast.person["contact_number"], "use-contact")
    assert message is not None
    link = next(word for word in message["text"].split() if "/r/" in word)
    token = link.split("/r/")[1][:32]
    receipt = expect(cast.client().post(f"/r/{token}", {"answer": "withdraw"}, key=False), 200)
    show.show(receipt, "act")
    show.holds("receipt" in receipt, "the contact has a signed receipt")
    answer = cast.ask()
    show.show(answer, "verdict", "state", "missing", "next")
    show.holds(answer["verdict"] == "deny" and answer["state"] == "not-eligible", "the collector is refused")
    show.holds(answer["missing"] == [], "and does not learn why: the reason is the contact's business")


def newest(cast: Cast, to: str, template: str) -> dict[str, Any] | None:
    """The newest message of a template to an address."""
    found = [one for one in cast.outbox(to) if one["template"] == template]
    return found[-1] if found else None


def state_is(answer: dict[str, Any], state: str) -> dict[str, Any] | None:
    """The answer if it is in that state."""
    return answer if answer.get("state") == state else None


def post_attempt(cast: Cast, seq: int, secret: str) -> None:
    """Posts a webhook as the provider would: 202 whatever the signature, only the courier can tell."""
    voice = next(one for one in cast.person["channels"] if one["medium"] == "voice")
    began = parse_rfc3339(cast.log_now()) - 60_000
    attempt = Attempt(f"story-{seq}", seq, "voice", voice["address"], {"q850": 20}, began)
    headers, body = signed(attempt.event(), secret, f"msg_{stamp(wall_now())}", wall_now())
    answer = cast.client().send("POST", f"/v1/attempts/{cast.world['provider']['name']}", body, headers)
    expect(answer, 202)


def provider_next(cast: Cast) -> int:
    """The sequence number that the provider's next event must have."""
    path = f"/v1/providers/{cast.world['provider']['name']}"
    return int(expect(cast.client("officer").get(path), 200)["next_seq"])


def provider_refused(cast: Cast) -> list[Any] | None:
    """Webhooks that the courier refused, once there is one."""
    path = f"/v1/providers/{cast.world['provider']['name']}"
    refused_ones = expect(cast.client("officer").get(path), 200)["refused"]
    return list(refused_ones) or None
