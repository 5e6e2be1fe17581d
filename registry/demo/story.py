"""`make demo`: a lookup refused, then lawfully granted, then proved; in real HTTP against real processes."""

from __future__ import annotations

import base64
import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

from registry.demo.cast import Cast
from registry.demo.stage import StoryError, Terminal, command, expect, served_world, wait_for

CASE = "attempts-missing"


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
            relayed(cast)
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
    show = cast.terminal
    show.step("The provider reports one more attempt; a forged report counts nothing")
    before = cast.next_seq()
    cast.post_attempt(before, "whsec_" + base64.b64encode(b"not the provider's secret").decode())
    why = wait_for(cast.refused_events, "the courier to refuse the forged event")
    show.say(f"refused: {why[-1]['why']}")
    show.holds(cast.next_seq() == before, "an event with a wrong signature is refused by the courier")
    cast.post_attempt(before, cast.world["provider"]["secret"])
    wait_for(lambda: cast.next_seq() > before or None, "the attempt to be logged")
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
            notice = wait_for(lambda to=channel["address"]: cast.newest(to, "borrower-notice"), "the notice")  # type: ignore[misc]
            show.say(f"{channel['medium']}: {notice['text'].splitlines()[0]}")
    show.holds(True, "the notice went out on every personal channel that carries text")
    answer = wait_for(lambda: cast.ask_until("notice-running"), "the notice to be judged")
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


def relayed(cast: Cast) -> None:
    """The gentler way: a message is passed on, and no number leaves."""
    show = cast.terminal
    show.step("First the gentler way: the pack's own words are relayed to the contact, and no number leaves")
    sign_off(cast, cast.ask("message")["approval"])
    answer = cast.ask("message")
    show.show(answer, "verdict", "message")
    show.holds("release" not in answer, "an officer approved the message; the collector gets nothing but its state")
    to = cast.person["contact_number"]
    message = wait_for(lambda: cast.newest(to, "relayed-message"), "the relayed message")
    show.say(message["text"])
    expect(cast.client().post(f"/r/{token_in(message)}", {"answer": "cannot"}, key=False), 200)
    shown = expect(cast.client("collector").get(f"/v1/lookups/{answer['lookup']}"), 200)
    show.show(shown, "message")
    show.holds(shown["message"]["answer"] == "cannot", "the contact answers with one click: cannot pass it on")


def approved(cast: Cast) -> None:
    """A human officer looks at the facts and signs."""
    show = cast.terminal
    answer = cast.ask()
    show.step("An officer approves, with a key that only the officer holds")
    show.show(answer, "state", "missing", "next", "approval")
    show.holds(answer["state"] == "approval-needed", "only a human's approval is missing")
    show.say(f"registry officer sign: {sign_off(cast, answer['approval'])}")
    show.holds(True, "the officer's own tool says the act in words, then signs it")
    show.holds(True, "the approval is in the log with the officer's signature")


def sign_off(cast: Cast, approval: str) -> str:
    """An officer signs what the list of open requests shows; the act in words, as his own tool says it."""
    items = expect(cast.client("officer").get("/v1/approvals?state=open"), 200)["items"]
    item = next(one for one in items if one["approval"] == approval)
    signing = command("officer", "sign", "--key", cast.world["officers"][0]["key"], stdin=json.dumps(item))
    if signing.returncode != 0:
        raise StoryError(f"the officer's tool did not sign: {signing.stderr.strip()}")
    body = {"approval": approval, "verdict": "approve", "auth": [json.loads(signing.stdout)]}
    expect(cast.client("officer").post("/v1/approvals", body), 201)
    return signing.stderr.strip()


def token_in(message: dict[str, Any]) -> str:
    """The token of the link in a message."""
    return str(message["text"].split("/r/")[1][:32])


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
        message = wait_for(lambda to=to, template=template: cast.newest(to, template), template)  # type: ignore[misc]
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
    message = cast.newest(cast.person["contact_number"], "use-contact")
    assert message is not None
    receipt = expect(cast.client().post(f"/r/{token_in(message)}", {"answer": "withdraw"}, key=False), 200)
    show.show(receipt, "act")
    show.holds("receipt" in receipt, "the contact has a signed receipt")
    answer = cast.ask()
    show.show(answer, "verdict", "state", "missing", "next")
    show.holds(answer["verdict"] == "deny" and answer["state"] == "not-eligible", "the collector is refused")
    show.holds(answer["missing"] == [], "and does not learn why: the reason is the contact's business")
    view = expect(cast.client("auditor").get(f"/v1/audit/lookups/{answer['lookup']}"), 200)
    show.show(view, "reasons")
    show.holds("contact-consent-withdrawn" in view["reasons"], "the auditor does")
