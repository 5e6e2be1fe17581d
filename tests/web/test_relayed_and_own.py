"""A relayed message and the borrower's own channels, over HTTP: what the collector, the contact and auditors see."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwe
from joserfc.jwk import ECKey
from werkzeug.test import TestResponse

from registry import officer, texts
from registry.model.times import stamp
from tests.web.demo import Demo, make_demo
from tests.web.watching import statements
from tests.web.world import decoded

WORDS = ("will-relay", "cannot", "not-me", "never")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with make_demo(tmp_path_factory.mktemp("relayed")) as made:
        yield made


def ask(demo: Demo, name: str = "unreachable", **changes: str) -> TestResponse:
    demo.bench.settle()
    key = changes.pop("key", "-".join(("ask", name, *changes.values())))
    return demo.using("collector").post("/v1/lookups", {**demo.lookup(name), **changes}, idempotency_key=key)


def own(demo: Demo, name: str, key: str = "own") -> TestResponse:
    return ask(demo, name, about="borrower", purpose="contact-borrower", key=f"{key}-{name}")


def opened(demo: Demo, answer: dict[str, Any]) -> dict[str, Any]:
    key = ECKey.import_key({
        name: value for name, value in json.loads(Path(demo.card["collector_jwk"]).read_text()).items()
        if name in ("kty", "crv", "x", "y", "d")})
    return dict(decoded((jwe.decrypt_compact(answer["release"]["jwe"], key).plaintext or b"").decode()))


@pytest.fixture(scope="module")
def relayed(demo: Demo) -> dict[str, Any]:
    """The permit of a message that was sent; `token` of its link."""
    approval = ask(demo, mode="message", key="first").json["approval"]
    items = demo.using("officer").get("/v1/approvals?state=open").json["items"]
    item = next(one for one in items if one["approval"] == approval)
    signed = officer.sign(item, Path(demo.card["officers"][0]["key"]))
    done = demo.using("officer").post("/v1/approvals", {
        "approval": approval, "verdict": "approve", "auth": [signed]})
    assert done.status_code == 201
    answer = ask(demo, mode="message", key="second").json
    state = demo.using("collector").get(f"/v1/lookups/{answer['lookup']}").json["message"]["state"]
    demo.bench.settle()
    (message,) = [one for one in demo.bench.outbox.messages() if one["template"] == "relayed-message"]
    found = re.search(r"/r/([0-9a-f]{32})", message["text"])
    assert found is not None
    return {**answer, "before": state, "token": found.group(1), "text": message["text"], "to": message["to"]}


def pressed(demo: Demo, token: str, word: str) -> TestResponse:
    return demo.app.test_client().post(f"/r/{token}", data={"answer": word})


def test_the_message_goes_to_the_contact_and_no_number_to_the_collector(
    demo: Demo, relayed: dict[str, Any]
) -> None:
    assert relayed["verdict"] == "permit"
    assert relayed["message"] == {"id": relayed["lookup"], "state": "queued"}
    assert "release" not in relayed
    assert relayed["before"] == "queued"
    assert relayed["to"] == demo.person("unreachable")["contact_number"]
    shown = demo.using("collector").get(f"/v1/lookups/{relayed['lookup']}").json
    assert shown["message"] == {"id": relayed["lookup"], "state": "delivered"}
    assert demo.using("rival_collector").get(f"/v1/lookups/{relayed['lookup']}").status_code == 404
    assert ask(demo, mode="message", key="second").json["message"] == relayed["message"]
    report = {"outcome": "relayed", "at": stamp(demo.bench.clock.now()), "agent": demo.card["agent"]}
    refused = demo.using("collector").post(
        f"/v1/lookups/{relayed['lookup']}/outcomes", report, idempotency_key="not-due")
    assert (refused.status_code, refused.json["code"]) == (409, "outcome-not-due")


def test_the_page_has_four_equal_buttons_in_two_languages_and_names_nobody(
    demo: Demo, relayed: dict[str, Any]
) -> None:
    page = demo.app.test_client().get(f"/r/{relayed['token']}")
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    buttons = re.findall(r'<form method="post"><button name="answer" value="([a-z-]+)">([^<]+)<br>', page.text)
    assert tuple(value for value, _ in buttons) == WORDS
    assert page.text.count("<button") == len(WORDS)
    assert [words for _, words in buttons] == ["我会转告", "我无法转告", "找错人了", "永远不要再联系我"]
    for words in ("I will pass it on", "I cannot pass it on", "You have the wrong person", "Never contact me again"):
        assert words in page.text
    for secret in (relayed["token"], "<script", "http://", "https://", demo.person("unreachable")["contact_number"]):
        assert secret not in page.text


def test_an_answer_by_button_is_a_page_and_by_json_a_receipt(demo: Demo, relayed: dict[str, Any]) -> None:
    page = pressed(demo, relayed["token"], "cannot")
    assert (page.status_code, page.mimetype) == (200, "text/html")
    assert "Recorded: you cannot pass it on" in page.text
    done = demo.using("collector").client.post(f"/r/{relayed['token']}", json={"answer": "will-relay"})
    assert (done.status_code, done.json["act"], done.json["answer"]) == (200, "answered", "will-relay")
    assert decoded(done.json["receipt"])["act"] == "answered"
    shown = demo.using("collector").get(f"/v1/lookups/{relayed['lookup']}").json
    assert shown["message"] == {"id": relayed["lookup"], "state": "answered", "answer": "will-relay"}


def test_no_page_says_what_a_contact_must_not_be_told(demo: Demo, relayed: dict[str, Any]) -> None:
    client = demo.app.test_client()
    pages = [client.get(f"/r/{relayed['token']}").text]
    pages += [pressed(demo, relayed["token"], word).text for word in ("will-relay", "cannot")]
    for page in pages:
        shown = re.sub(r"<style>.*?</style>|<code>.*?</code>", "", page, flags=re.DOTALL)
        assert texts.forbidden([shown]) == []


def test_an_unknown_link_asks_what_most_do_and_takes_no_answer(demo: Demo, relayed: dict[str, Any]) -> None:
    page = demo.app.test_client().get(f"/r/{'0' * 32}")
    assert 'value="object"' in page.text
    assert 'value="will-relay"' not in page.text
    assert demo.using("collector").client.post(f"/r/{'0' * 32}", json={"answer": "never"}).status_code == 404


def test_the_auditor_sees_how_far_a_message_came_and_the_thread(demo: Demo, relayed: dict[str, Any]) -> None:
    second = ask(demo, "attempts-missing", continues=relayed["lookup"], key="thread").json["lookup"]
    assert demo.using("collector").get(f"/v1/lookups/{second}").json["continues"] == relayed["lookup"]
    found = ask(demo, "attempts-missing", continues=demo.person("unreachable")["account"], key="no-thread")
    assert (found.status_code, found.json["code"]) == (422, "continues-unknown")
    demo.bench.settle()
    view = demo.using("auditor").get(f"/v1/audit/lookups/{relayed['lookup']}").json
    assert view["replay"] == {"verdict": "permit", "agrees": True}
    rows = {row["lookup"]: row for row in demo.using("auditor").get("/v1/audit/lookups?limit=200").json["items"]}
    assert rows[relayed["lookup"]]["message"] == "answered"
    assert rows[second]["continues"] == relayed["lookup"]


def test_the_borrowers_own_channels_open_for_the_agencys_key_alone(demo: Demo) -> None:
    answer = own(demo, "attempts-missing")
    assert answer.status_code == 201, answer.text
    assert set(answer.json) == {"lookup", "verdict", "log_index", "proof", "expires_at", "obligations", "release"}
    claims = opened(demo, answer.json)
    person = demo.person("attempts-missing")
    assert claims["channels"] == [
        {"channel": one["id"], "medium": one["medium"], "value": one["address"]} for one in person["channels"]]
    assert not {"number", "name"} & set(claims)
    for one in person["channels"]:
        assert one["address"] not in answer.text
    view = demo.using("auditor").get(f"/v1/audit/lookups/{answer.json['lookup']}").json
    assert view["replay"] == {"verdict": "permit", "agrees": True}
    again = own(demo, "attempts-missing")
    assert opened(demo, again.json)["channels"] == claims["channels"]
    entries = demo.bench.vault.call("entry", {"index": demo.bench.vault.call("status", {})["size"] - 1})
    assert entries["entry"]["kind"] == "lookup-redelivered/1"


@pytest.mark.parametrize(("name", "state"), [("on-hold", "paused"), ("not-placed", "not-eligible")])
def test_the_borrowers_own_channels_stay_closed_on_hold_and_to_other_agencies(
    demo: Demo, name: str, state: str
) -> None:
    answer = own(demo, name).json
    assert (answer["verdict"], answer["state"]) == ("deny", state)


def test_an_unknown_account_is_answered_like_another_agencys(demo: Demo) -> None:
    def said(account: str, key: str) -> dict[str, Any]:
        body = {**demo.lookup("not-placed"), "about": "borrower", "purpose": "contact-borrower", "account": account}
        demo.bench.settle()
        found: dict[str, Any] = demo.using("collector").post("/v1/lookups", body, idempotency_key=key).json
        return {name: value for name, value in found.items() if name not in ("lookup", "log_index", "proof")}

    assert said("0" * 32, "none") == said(demo.person("not-placed")["account"], "others")


def test_one_select_brings_the_channels(demo: Demo) -> None:
    with statements(demo.bench.store._engine) as seen:
        demo.bench.store.offered(demo.person("reachable")["account"], "borrower")
    assert [one for one in seen if "sealed_values" in one] == seen
    assert len(seen) == 1


def test_never_is_shown_to_the_collector_as_cannot(demo: Demo, relayed: dict[str, Any]) -> None:
    page = pressed(demo, relayed["token"], "never")
    assert "不会再联系您" in page.text
    shown = demo.using("collector").get(f"/v1/lookups/{relayed['lookup']}").json
    assert shown["message"]["answer"] == "cannot"
    contact = demo.person("unreachable")["contact"]
    assert demo.using("lender").get(f"/v1/contacts/{contact}").json["state"] == "not-usable"
