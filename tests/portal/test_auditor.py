"""An auditor's pages: searching, one lookup, figures, the log, and a resolution by two people."""

from __future__ import annotations

import io
import itertools
import json
import os
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from sqlalchemy import event

from registry import officer
from registry.model.entries import Actor, Draft, Entry
from registry.model.ids import new_id
from registry.usecases import complaints, writing
from registry.usecases.sign_in import Session
from registry.web.factory import EXTENSION
from tests.portal.visitor import Visitor, by_link, somebody
from tests.web.world import World

KEYS = itertools.count()


def asked(world: World) -> dict[str, Any]:
    """Somebody, and a lookup about him that was denied."""
    person = somebody(world)
    answer = world.collector.post("/v1/lookups", world.lookup(person.ids["account"]),
                                  idempotency_key=f"page-{next(KEYS)}")
    assert answer.status_code == 201, answer.text
    world.settle()
    return {**person.ids, **answer.json, "number": person.number}


@pytest.fixture(scope="module")
def case(world: World) -> dict[str, Any]:
    return asked(world)


@pytest.fixture
def auditor(world: World) -> Visitor:
    return by_link(world, "auditor", language="en")


def last(world: World, count: int = 1) -> list[Entry]:
    size = world.bench.vault.call("status", {})["size"]
    found = world.bench.vault.call("follow", {"after": size - count, "limit": count})["entries"]
    return [writing.entry_of(one) for one in found]


PAGES = ["/auditor", "/auditor/lookups", "/auditor/figures", "/auditor/log", "/auditor/resolutions",
         "/auditor/alarms"]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_is_there_in_both_languages_and_light(
    world: World, case: dict[str, Any], language: str, statements: list[str]
) -> None:
    visitor = by_link(world, "auditor", language=language)
    for path in [*PAGES, f"/auditor/lookups/{case['lookup']}"]:
        statements.clear()
        visitor.get(path)
        assert visitor.status == 200, path
        assert f'<html lang="{"zh-CN" if language == "zh" else "en"}"' in visitor.page
        assert visitor.page.count("<h1>") == 1
        assert len(visitor.page.encode()) < 100_000
        assert visitor.answer.headers["Cache-Control"] == "no-store"
        assert len(reads(statements)) <= 5, (path, reads(statements))


@pytest.fixture
def statements(world: World) -> Iterator[list[str]]:
    heard: list[str] = []

    def hear(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        heard.append(statement)

    engine = world.bench.store._engine
    event.listen(engine, "before_cursor_execute", hear)
    yield heard
    event.remove(engine, "before_cursor_execute", hear)


def reads(statements: list[str]) -> list[str]:
    """What the page itself asks: projecting the log, which it catches up with first, is everybody's."""
    return [one for one in statements if one.startswith("SELECT") and "progress" not in one]


def test_others_do_not_see_them(world: World, case: dict[str, Any]) -> None:
    visitor = by_link(world, "officer")
    for path in [*PAGES[:4], f"/auditor/lookups/{case['lookup']}", "/auditor/report.zip"]:
        assert visitor.get(path).status_code == 403, path
    stranger = Visitor(world.app)
    stranger.get("/auditor/lookups")
    assert stranger.path.startswith("/sign-in")


def test_a_search_finds_the_lookup_and_is_an_entry_first(
    world: World, auditor: Visitor, case: dict[str, Any]
) -> None:
    auditor.get(f"/auditor/lookups?account={case['account']}&verdict=deny&reason=attempts-too-few")
    assert f"/auditor/lookups/{case['lookup']}" in auditor.page
    (entry,) = last(world)
    assert (entry.kind, dict(entry.body)) == ("viewed/2", {"what": "lookups", "about": case["account"]})
    assert entry.by.role == "auditor"
    auditor.get(f"/auditor/lookups?account={case['account']}&verdict=permit")
    assert case["lookup"] not in auditor.page
    assert "No lookup matches." in auditor.page


def test_a_search_that_says_nothing_sensible_is_shown_again_with_what_to_change(auditor: Visitor) -> None:
    auditor.get("/auditor/lookups?account=xyz%22%3E&since=yesterday")
    assert auditor.status == 422
    assert "xyz&#34;&gt;" in auditor.page
    assert "An id is 32 lower-case hexadecimal digits." in auditor.page
    assert "A date is written 2026-01-31." in auditor.page
    auditor.get("/auditor/lookups?since=2026-02-01&until=2026-01-01")
    assert auditor.status == 422


def test_one_lookup_is_shown_with_reasons_attempts_replay_and_proof(
    world: World, auditor: Visitor, case: dict[str, Any]
) -> None:
    auditor.get(f"/auditor/lookups/{case['lookup']}")
    page = auditor.page
    assert "decided again: the same" in page
    assert "attempts-too-few" in page
    assert re.search(r'data-part="proof">c2sp.org/tlog-proof@v1\n', page)
    assert "There was no attempt." in page
    (entry,) = last(world)
    assert (entry.kind, dict(entry.body)) == ("viewed/1", {"what": "lookup", "lookup": case["lookup"]})
    assert case["number"] not in page
    assert auditor.get(f"/auditor/lookups/{'0' * 32}").status_code == 404


def test_charts_are_images_with_the_numbers_in_a_table_beside_them(auditor: Visitor, case: dict[str, Any]) -> None:
    auditor.get("/auditor/figures")
    images = re.findall(r'<img src="(/auditor/figures/[^"]+)"', auditor.page)
    assert {one.split("?")[0] for one in images} >= {"/auditor/figures/verdicts.svg", "/auditor/figures/reasons.svg"}
    assert auditor.page.count("<table>") == 9
    for image in images:
        answer = auditor.get(image.replace("&amp;", "&"))
        assert answer.content_type == "image/svg+xml"
        assert "script" not in answer.headers["Content-Security-Policy"]
        ElementTree.fromstring(answer.text)
    table = auditor.get("/auditor/figures/reasons.csv").text.splitlines()
    assert table[0] == "Reason,In words,Lookups"
    assert any(line.startswith("attempts-too-few,") for line in table)
    assert auditor.get("/auditor/figures/invented.svg").status_code == 404
    assert auditor.get("/auditor/figures?since=2026-02-01&until=2026-01-01").status_code == 422


def test_a_report_is_taken_away_whole_and_that_is_an_entry(
    world: World, auditor: Visitor, case: dict[str, Any]
) -> None:
    answer = auditor.get("/auditor/report.zip")
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        names = set(archive.namelist())
        page = archive.read("report.html").decode()
    assert {"report.html", "verdicts.svg", "verdicts.csv", "agencies.csv"} <= names
    assert "Report of the registry" in page
    (entry,) = last(world)
    assert (entry.kind, dict(entry.body)) == ("viewed/2", {"what": "report"})


def test_the_state_of_the_log_says_that_nobody_witnesses_it(world: World, auditor: Visitor) -> None:
    auditor.get("/auditor/log")
    assert "the checkpoint is rightly signed" in auditor.page
    assert "Only somebody who kept an older checkpoint would notice" in auditor.page
    state = world.auditor.get("/v1/audit/log").json
    assert state["signed"] is True
    assert state["checkpoint_size"] == state["published"]


def test_the_api_gives_the_same_figures(world: World, auditor: Visitor, case: dict[str, Any]) -> None:
    found = {one["key"]: one for one in world.auditor.get("/v1/audit/figures").json["figures"]}
    table = auditor.get("/auditor/figures/reasons.csv").text.splitlines()[1:]
    assert [line.rsplit(",", 1)[-1] for line in table] == [str(row[-1]) for row in found["reasons"]["rows"]]


# A resolution


@pytest.fixture
def complaint(world: World) -> tuple[str, dict[str, Any]]:
    """A complaint of a borrower's, which names the number of somebody else."""
    person = asked(world)
    ports = world.app.extensions[EXTENSION]
    session = Session("", "", "borrower", "link", (person["borrower"],), None, None, 0)
    filed = complaints.file(ports, session.actor(), {
        "from": "borrower", "borrower": person["borrower"], "about": "registry", "text": "invented words"})
    return filed["complaint"], person


def signature(world: World, visitor: Visitor, number: int) -> str:
    """What `officer sign` prints for the draft of this page."""
    path = visitor.path
    draft = visitor.get(f"{path}/draft.json").json
    visitor.get(path)
    return json.dumps(officer.sign(draft, world.keys.officers[number]))


def second(world: World) -> Visitor:
    return by_link(world, "officer", officer.load(world.keys.officers[1]).officer, language="en")


def first_signed(world: World, complaint: str, address: str) -> Visitor:
    """An officer who asked for a resolution and signed it: the visitor is at its page."""
    visitor = by_link(world, "officer", language="en")
    visitor.get("/auditor/resolutions")
    visitor.send("/auditor/resolutions", complaint=complaint, address=address)
    assert visitor.path.startswith("/auditor/resolutions/drafts/")
    visitor.send(visitor.path, auth=signature(world, visitor, 0))
    assert visitor.status == 200, visitor.page
    return visitor


def test_two_people_resolve_an_address_to_pseudonyms(world: World, complaint: tuple[str, dict[str, Any]]) -> None:
    ident, person = complaint
    first = first_signed(world, ident, person["number"])
    assert "waits for a second person" in first.page
    assert "Sign it too" not in first.page, "one person is not two"
    page = first.path
    other = second(world)
    other.get(page)
    other.send(f"{page}/signature")
    other.send(other.path, auth=signature(world, other, 1))
    assert "two people have signed" in other.page
    other.send(f"{page}/answer")
    assert person["borrower"] in other.page
    assert "Resolved, and recorded in the log." in other.page
    kinds = [one.kind for one in last(world, 3)]
    assert kinds == ["viewed/2", "identity-resolved/1", "viewed/2"], "each look is an entry first"
    log = world.bench.vault.call("follow", {"after": 0, "limit": 500})["entries"]
    assert person["number"] not in json.dumps(log), "the log holds no address"


def test_one_person_alone_resolves_nothing(world: World, complaint: tuple[str, dict[str, Any]]) -> None:
    ident, person = complaint
    first = first_signed(world, ident, person["number"])
    page = first.path
    first.post(f"{page}/signature", {"form": first.form("/sign-out").members["form"]}, sec_fetch_site="same-origin")
    assert first.path == page, "who has signed is sent back"
    first.post(f"{page}/answer", {"form": first.form("/sign-out").members["form"]}, sec_fetch_site="same-origin")
    assert first.status == 409
    assert person["borrower"] not in first.page


def test_a_signature_of_somebody_else_is_refused(world: World, complaint: tuple[str, dict[str, Any]]) -> None:
    ident, person = complaint
    visitor = by_link(world, "officer", language="en")
    visitor.get("/auditor/resolutions")
    visitor.send("/auditor/resolutions", complaint=ident, address=person["number"])
    page = visitor.path
    wrong = json.loads(signature(world, visitor, 0)) | {"sig": "A" * 86}
    visitor.send(page, auth=json.dumps(wrong))
    assert visitor.status == 422
    assert "This signature does not hold" in visitor.page
    stranger = second(world)
    assert stranger.get(page).status_code == 404, "a draft is its author's"


@pytest.mark.parametrize(("complaint_id", "address", "words"), [
    ("xyz", "+8610000001234", "Choose a complaint."), ("0" * 32, "+8610000001234", "Choose a complaint."),
    ("0" * 32, "", "Write a number or an e-mail address."),
])
def test_what_is_missing_is_said_and_the_address_is_not_shown_again(
    auditor: Visitor, complaint_id: str, address: str, words: str
) -> None:
    auditor.get("/auditor/resolutions")
    auditor.send("/auditor/resolutions", complaint=complaint_id, address=address)
    assert auditor.status == 422
    assert words in auditor.page
    assert "+8610000001234" not in auditor.page


def test_an_auditor_without_a_passkey_signs_with_a_key_file_that_two_officers_gave(
    world: World, auditor: Visitor, complaint: tuple[str, dict[str, Any]], tmp_path: Path
) -> None:
    key = tmp_path / "auditor.key"
    public = officer.keygen(key, officer=world.made["auditor"].id)["public"]
    body = {"party": world.made["auditor"].id, "key": public}
    draft = Draft(new_id(os.urandom), "auditor-key-added/1", Actor("officer", world.made["officer"].id), body).value()
    world.bench.vault.call("append", {"entry": {**draft, "auth": world.vouched({"entry": draft}, 2)}})
    auditor.get("/auditor/resolutions")
    auditor.send("/auditor/resolutions", complaint=complaint[0], address=complaint[1]["number"])
    assert "has an officer register one" in auditor.page
    file = auditor.client.get(f"{auditor.path}/draft.json", headers=auditor.headers)
    auditor.send(auditor.path, auth=json.dumps(officer.sign(json.loads(file.text), key)))
    assert auditor.status == 200
    (entry,) = last(world)
    assert (entry.kind, entry.auth[0]["officer"]) == ("resolution-approved/1", world.made["auditor"].id)
