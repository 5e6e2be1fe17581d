"""P6: run for real, no number, name or mail address is anywhere but in the outbox and demo.json."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from registry.demo import story
from registry.demo.cast import Cast
from registry.demo.http import Answer, Client
from registry.demo.people import CASES
from registry.demo.stage import Terminal, expect, wait_for
from registry.model.times import DAY, parse_rfc3339, stamp
from tests import postgresql
from tests.databases import ON_POSTGRESQL, given
from tests.promises.canaries import Scanner, dump_of_server, files_of
from tests.promises.provoked import (
    CONTACT_NUMBER,
    MAIL,
    NAMES,
    NATIONAL,
    NUMBER,
    Places,
    complaining_sockets,
    provoked,
)
from tests.system.world import Served, served, until


@pytest.fixture(scope="module")
def scanner() -> Scanner:
    """For the people deposited here and for the demo's eleven."""
    numbers = [NUMBER, CONTACT_NUMBER, *(one for case in CASES for one in (case.line, case.contact_line))]
    texts = [MAIL, *NAMES, *(one for case in CASES for one in (case.mail, case.given, case.contact_given))]
    return Scanner(numbers, texts)


PLANTED = (
    b"tel 8610000007321", b"+8610000007321", b"(10000007321)", b"+86 100 0000 7321", b"100-0000-7321",
    base64.b64encode(b"+8610000007321"), base64.b64encode(b"x+8610000007321z"), base64.b64encode(b"10000007321..."),
    base64.urlsafe_b64encode(b"\xff\xfe+8610000007321"), b"+8610000007321".hex().encode(), b"%2B8610000007321",
    "10000007321".encode("utf-16-le"), "+8610000007321".encode("utf-16-be"), b"%31%30%30%30%30%30%30%37%33%32%31",
    "＋８６１００００００７３２１".encode(), b"".join(b"\\u%04x" % ord(one) for one in "10000007321"),
    (8610000007321).to_bytes(8, "big"), (10000007321).to_bytes(8, "little"), b"Kanarienvogelin", "阿乙".encode(),
    base64.b64encode(b"canary.7321@demo.invalid"), b"canary.7321%40demo.invalid", json.dumps("阿乙").encode(),
    hashlib.sha256(b"+8610000007321").hexdigest().encode(), hashlib.md5(b"10000007321").digest(),
)


@pytest.mark.parametrize("planted", PLANTED, ids=range(len(PLANTED)))
def test_the_scanner_finds_a_planted_canary_in_every_encoding(
    scanner: Scanner, planted: bytes, tmp_path: Path
) -> None:
    path = tmp_path / "deep" / "file"
    path.parent.mkdir()
    path.write_bytes(secrets.token_bytes(9_000))
    assert scanner.search(files_of(tmp_path)) == {}
    path.write_bytes(secrets.token_bytes(9_000) + planted + secrets.token_bytes(9_000))
    assert scanner.search(files_of(tmp_path)).keys() == {"deep/file"}
    assert scanner.search(files_of(tmp_path, skip=[path.parent])) == {}


def test_the_scanner_finds_a_canary_in_the_write_ahead_log_of_a_database(scanner: Scanner, tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "a.db")
    connection.executescript("PRAGMA journal_mode=WAL; CREATE TABLE t (n INTEGER);")
    connection.execute("INSERT INTO t VALUES (?)", (int(NATIONAL),))
    connection.commit()
    assert scanner.search(files_of(tmp_path)).keys() >= {"a.db as SQL", "a.db-wal"}
    connection.close()


# Real processes


def test_no_number_name_or_address_is_anywhere_but_in_the_outbox(
    scanner: Scanner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "data"
    heard: Places = {}
    send = Client.send

    def recording(self: Client, method: str, path: str, *rest: Any) -> Answer:
        answer = send(self, method, path, *rest)
        if not path.startswith("/v1/demo/outbox"):
            heard[f"{len(heard)} {method} {path} {answer.status}"] = answer.text.encode()
        return answer

    monkeypatch.setattr(Client, "send", recording)
    with served(data) as up:
        until(up.ready, "the three processes", 180)
        cast = Cast(up.card, up.borrower(story.CASE), tmp_path, Terminal())
        for step in (story.refused, story.tried, story.told, story.waited, story.relayed, story.approved):
            step(cast)
        lookup = story.granted(cast)
        story.informed(cast)
        deposited(up, cast)
        story.withdrawn(cast)
        heard |= provoked(up, cast, lookup["lookup"])
        heard |= complaining_sockets(data)
        heard["/metrics"] = up.client().get("/metrics").text.encode()
        assert b"consentry_web_requests_total" in heard["/metrics"]
        places = files_of(data, skip=[data / "outbox", data / "demo.json", data / "demo"])
        places |= on_the_server(data)
        assert {"courier/courier.db", *looked_at()} <= places.keys()
        if not ON_POSTGRESQL:
            assert len(places["web/web.db-wal"]) > 4_096, "the write-ahead log is looked at while it is full"
        statuses = {name.rsplit(" ", 1)[1] for name in heard if " " in name}
        assert {"200", "201", "202", "400", "401", "404", "405", "409", "413", "415", "422"} <= statuses
        assert up.stop() == 0
    places |= {f"stopped: {name}": found for name, found in files_of(
        data, skip=[data / "outbox", data / "demo.json", data / "demo"]).items()}
    places["stdout and stderr of all"] = up.log.read_bytes()
    assert b'"event":"callback refused"' in places["stdout and stderr of all"]
    assert scanner.search(places | heard) == {}
    # They were there to be found: the two places where the demo keeps them in clear.
    clear = " ".join(scanner.hits(b"".join(files_of(data / "outbox").values()) + (data / "demo.json").read_bytes()))
    assert all(one in clear for one in (NATIONAL, CONTACT_NUMBER.removeprefix("+86"), MAIL, CASES[0].mail, NAMES[0]))


def on_the_server(data: Path) -> Places:
    """Its databases on PostgreSQL, as SQL and as the files in which the server keeps them."""
    found: Places = {}
    for name, url in given(data).items():
        found[f"{name} as SQL"] = dump_of_server(url)
        found |= {f"{name}/{path.name}": path.read_bytes() for path in postgresql.files(url).iterdir()}
    return found


def looked_at() -> set[str]:
    if ON_POSTGRESQL:
        return {"web_database as SQL"}
    return {"vault/log.db as SQL", "vault/keys.db", "web/web.db as SQL"}


def deposited(up: Served, cast: Cast) -> None:
    """A borrower and a contact come in, are written to, agree and object; all by HTTP."""
    lender, collector, nobody = cast.client("lender"), cast.client("collector"), cast.client()
    borrower = expect(lender.post("/v1/borrowers", {
        "ref": "canary", "name": {"given": NAMES[0], "family": NAMES[1]}, "residence": "CN", "languages": ["zh-CN"],
        "channels": [{"medium": medium, "value": value, "use": "personal"} for medium, value in (
            ("voice", NUMBER), ("sms", f"tel:{NUMBER}"), ("email", MAIL))],
    }), 201)["borrower"]
    contact = expect(lender.post(f"/v1/borrowers/{borrower}/contacts", {
        "ref": "canary-contact", "name": NAMES[2], "relation": "sibling", "languages": ["zh-CN"], "rank": 1,
        "number": f"{CONTACT_NUMBER[:3]} (0) {CONTACT_NUMBER[3:]}",
    }), 201)["contact"]
    today = cast.log_now()
    account = expect(lender.post("/v1/accounts", {
        "ref": "canary-account", "borrower": borrower, "liability": "principal", "due_since": "2026-01-01",
        "balance_minor": 7, "currency": "CNY", "limitation_until": "2099-01-01", "state": "open",
        "as_of": today[:10],
    }), 201)["account"]
    expect(lender.post(f"/v1/accounts/{account}/placements", {
        "agency": up.card["parties"]["agency"], "from": "2026-01-01", "until": "2099-01-01"}), 201)
    wanted = wait_for(lambda: cast.newest(CONTACT_NUMBER, "contact-listed"), "the first message")
    terms = {
        "scope": {"purposes": ["restore-contact"], "modes": ["number"], "data": ["phone"],
                  "grantee": {"role": "entrusted"}, "max_uses": 3},
        "notice": {"id": "n", "version": "1", "language": "zh-CN", "sha256": "0" * 64}, "method": "message",
        "separate": True, "given_at": today, "expires_at": stamp(parse_rfc3339(today) + 100 * DAY),
    }
    consent = expect(lender.post("/v1/consents", {
        "giver": "contact", "borrower": borrower, "contact": contact, **terms}), 201)["consent"]
    code = wait_for(lambda: cast.newest(CONTACT_NUMBER, "contact-invitation"), "the code")["code"]
    nobody.post(f"/v1/consents/{consent}/code", {"code": NATIONAL[:6]})
    expect(nobody.post(f"/v1/consents/{consent}/code", {"code": code}), 201)
    expect(collector.post(f"/v1/accounts/{account}/notices", {}), 201)
    wait_for(lambda: cast.newest(MAIL, "borrower-notice"), "the notice")
    body = {"account": account, "about": "contact", "purpose": cast.world["purpose"], "mode": "number", "agent": "a"}
    expect(collector.post("/v1/lookups", body), 201)
    own = expect(collector.post("/v1/lookups", {**body, "about": "borrower", "purpose": "contact-borrower"}), 201)
    assert own["verdict"] == "permit", own
    token = next(word for word in wanted["text"].split() if "/r/" in word).split("/r/")[1][:32]
    nobody.get(f"/r/{token}")
    expect(nobody.post(f"/r/{token}", {"answer": "object"}, key=False), 200)
    channel = next(one["id"] for one in cast.person["channels"] if one["medium"] == "voice")
    expect(lender.post("/v1/demo/attempts", {"channel": channel, "cause": {"q850": 20}}), 202)
