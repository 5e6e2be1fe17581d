"""What a lender and an operator do in their first hour with a real installation: no demo, no shortcut."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.contract.client import World, run, until
from tests.contract.installation import Gateway, gateway, installed

Step = dict[str, Any]
# An installation that is no demo has the machine's clock, and nobody is written to at night: these live where it is
# day whenever the test runs. From which minute of the day (UTC) on, where, and two numbers of nobody's.
PLACES = (
    (30, "CN", "Asia/Shanghai", ("+8610000007101", "+8610000007102")),
    (11 * 60 + 30, "GB", "Europe/London", ("+447700900101", "+447700900102")),
    (18 * 60 + 30, "US-CA", "America/Los_Angeles", ("+12135550101", "+12135550102")),
)
NOW = datetime.now(UTC)
_, RESIDENCE, ZONE, NUMBERS = next(
    (one for one in reversed(PLACES) if one[0] <= NOW.hour * 60 + NOW.minute), PLACES[-1])
LINES = dict(zip(("agrees", "stops"), NUMBERS, strict=True))
CODE = re.compile(r"(?<![0-9a-f])\d{6}(?![0-9a-f])")


@pytest.fixture(scope="module")
def sms() -> Iterator[Gateway]:
    with gateway() as made:
        yield made


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory, sms: Gateway) -> Iterator[World]:
    with installed(tmp_path_factory.mktemp("real"), sms) as world:
        yield world


@pytest.fixture(scope="module")
def people(real: World, sms: Gateway) -> dict[str, Step]:
    """Two contacts of two borrowers, invited: each `{borrower, contact, consent, text}`."""
    made = {}
    for at, (name, number) in enumerate(LINES.items()):
        borrower = _posted(real, "/v1/borrowers", {
            "ref": name, "name": {"given": "小红"}, "residence": RESIDENCE, "time_zone": ZONE, "languages": ["zh"],
            "channels": [{"medium": "email", "value": f"{name}@demo.invalid", "use": "personal"}]})["borrower"]
        contact = _posted(real, f"/v1/borrowers/{borrower}/contacts", {
            "ref": name, "name": "小明", "relation": "sibling", "number": number, "languages": ["zh", "en"][at:],
            "rank": 1})["contact"]
        consent = _posted(real, "/v1/consents", _consent(borrower, contact))
        assert consent["state"] == "pending-code"
        made[name] = {"borrower": borrower, "contact": contact, "consent": consent["consent"]}
    for name, number in LINES.items():
        made[name]["text"] = until(lambda number=number: _invitation(sms, number), "the invitation")
    return made


def _invitation(sms: Gateway, number: str) -> str:
    """The text with a code; what else comes (that one was listed) has none."""
    return "".join(text for text in sms.to(number) if CODE.search(text))


def _posted(world: World, path: str, body: Step) -> Step:
    answer = world.ask("POST", path, body, who="lender", key=True)
    assert answer.status == 201, answer.body
    return dict(answer.json)


def _consent(borrower: str, contact: str) -> Step:
    now = datetime.now(UTC)
    return {"giver": "contact", "borrower": borrower, "contact": contact, "scope": {
        "purposes": ["restore-contact"], "modes": ["number"], "data": ["phone"], "grantee": {"role": "entrusted"},
        "max_uses": 3}, "notice": {"id": "n", "version": "1", "language": "zh-CN", "sha256": "0" * 64},
        "method": "message", "separate": True, "given_at": now.isoformat(),
        "expires_at": (now + timedelta(days=200)).isoformat()}


def _kinds(world: World, borrower: str) -> list[str]:
    return [row["entry"]["kind"] for row in world.entries() if row["entry"]["body"].get("borrower") == borrower]


def _contact(world: World, person: Step) -> str:
    (only,) = world.ask("GET", f"/v1/borrowers/{person['borrower']}/contacts", who="lender").json["items"]
    return str(only["state"])


def _reply(world: World, number: str, text: str) -> None:
    now = datetime.now(UTC).isoformat()
    told = world.hook({"type": "message.reply", "timestamp": now, "data": {
        "from": number, "text": text, "medium": "sms", "received_at": now}})
    assert told.status == 202


def test_it_has_no_demo_and_says_so(real: World) -> None:
    ready = real.ask("GET", "/readyz").json
    assert (ready["demo"], ready["origin"]) == (False, "log.example.com/one")
    for path in ("/v1/demo/clock", "/v1/demo/outbox", "/v1/demo/attempts"):
        assert real.ask("GET", path, who="officer").status == 404


def test_an_invitation_leaves_by_the_gateway_in_the_contacts_language(people: dict[str, Step]) -> None:
    for person in people.values():
        assert len(CODE.findall(person["text"])) == 1
        assert re.search(r"https?://\S+/r/[0-9a-f]{32}", person["text"])
    assert "不再询问" in people["agrees"]["text"]
    assert "we will not ask again" in people["stops"]["text"]


def test_the_code_from_the_message_makes_the_contact_usable(real: World, people: dict[str, Step]) -> None:
    person = people["agrees"]
    (code,) = CODE.findall(person["text"])
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    assert _contact(real, person) == "pending"
    path = f"/v1/consents/{person['consent']}/code"
    assert real.ask("POST", path, {"code": wrong}).code == "code-refused"
    assert real.ask("POST", path, {"code": code}).json["state"] == "given"
    until(lambda: _contact(real, person) == "usable", "the contact")


def test_stop_by_sms_is_an_objection_for_ever(real: World, people: dict[str, Step]) -> None:
    person = people["stops"]
    (code,) = CODE.findall(person["text"])
    _reply(real, LINES["stops"], " Ｓtop. ")
    until(lambda: "objected/1" in _kinds(real, person["borrower"]), "the objection")
    until(lambda: _contact(real, person) == "not-usable", "the contact")
    assert real.ask("POST", f"/v1/consents/{person['consent']}/code", {"code": code}).status == 422


def test_a_mail_in_the_folder_is_a_sign_of_life_once_and_is_deleted(real: World, people: dict[str, Step]) -> None:
    borrower, folder = people["agrees"]["borrower"], real.data / "answers/new"
    mail = "From: <agrees@demo.invalid>\r\nTo: <answers@example.org>\r\nMessage-ID: <1@x>\r\n\r\nSTOP it\r\n"
    (folder / "1").write_text(mail)
    until(lambda: not list(folder.iterdir()), "the mail to be read")
    assert _kinds(real, borrower).count("sign-of-life/1") == 1
    machine = mail.replace("\r\n\r\n", "\r\nAuto-Submitted: auto-replied\r\n\r\n").replace("1@x", "2@x")
    (folder / "2").write_text(machine)
    until(lambda: not list(folder.iterdir()), "the machine's mail to be read")
    assert _kinds(real, borrower).count("sign-of-life/1") == 1


def test_a_reply_that_another_provider_forged_changes_nothing(real: World, people: dict[str, Step]) -> None:
    before = _kinds(real, people["agrees"]["borrower"])
    now, ident = datetime.now(UTC).isoformat(), "msg_forged"
    event = {"type": "message.reply", "timestamp": now, "data": {
        "from": LINES["agrees"], "text": "STOP", "medium": "sms", "received_at": now}}
    real.hook(event, webhook_id=ident, signature="v1,AAAA")
    shown = f"/v1/providers/{real.card['provider']['name']}"
    until(lambda: ident in str(real.ask("GET", shown, who="officer").json["refused"]), "the refusal")
    assert _kinds(real, people["agrees"]["borrower"]) == before
    assert _contact(real, people["agrees"]) == "usable"


def test_an_auditor_makes_sure_of_it_from_the_genesis_key(real: World, people: dict[str, Step]) -> None:
    genesis = real.ask("GET", "/v1/audit/entries?limit=1", who="auditor").json["items"][0]["entry"]
    for check in ("verify", "replay"):
        done = run("audit", check, "--log", f"{real.url}/log", "--key", genesis["body"]["log_key"],
                   "--token", real.card["tokens"]["auditor"])
        assert (done.returncode, done.stdout[:3]) == (0, "ok "), done.stdout + done.stderr
