"""All of an officer's pages, in both languages: their weight, what they ask of the database, and who may see them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from registry.model.alarms import ALARMS
from registry.model.catalogue import KINDS
from registry.model.catalogue.calls import OFFICER_ROLES, VISITED
from registry.model.catalogue.terms import CLASS, HOLD, MEDIUM, MODE, OUTCOME, PURPOSE
from registry.model.shapes import Shape
from registry.policy.reasons import FLAWED_ATTEMPTS
from registry.policy.timeline import WHY
from registry.texts.pages import known, texts
from registry.web.portal.officer import NAV
from registry.web.schemas.officer_complaints import ABOUT, REMEDIES, VERDICTS
from registry.web.schemas.staff import RESULTS
from tests.officer.desk import Officer
from tests.portal.visitor import Visitor, by_link
from tests.web.demo import Demo
from tests.web.watching import statements
from tests.web.world import World

ROOT = Path(__file__).parents[2]
PAGES = ("", "/approvals", "/complaints", "/agencies", "/packs", "/packs/cn", "/packs/floor", "/releases", "/holds",
         "/alarms", "/erasures", "/acts", "/passkeys", "/providers", "/providers/demo-dialler", "/roles")
MOST_BYTES, MOST_QUERIES = 100_000, 5


@pytest.mark.parametrize("path", PAGES)
def test_every_page_stands_in_both_languages_with_one_heading_and_no_script_of_its_own(
    demo: Demo, demo_desk: Officer, path: str,
) -> None:
    for language in ("zh", "en"):
        page = demo_desk.get(f"/officer{path}?lang={language}")
        assert page.status_code == 200
        assert len(page.data) < MOST_BYTES
        assert page.text.count("<h1>") == 1
        assert page.headers["Cache-Control"] == "no-store"
        assert re.findall(r"<script(?![^>]*\ssrc=)|\son[a-z]+=|\sstyle=", page.text) == []
        ids = re.findall(r'\sid="([^"]+)"', page.text)
        assert len(ids) == len(set(ids))


@pytest.mark.parametrize("path", PAGES)
def test_no_page_asks_the_database_more_than_five_times(demo: Demo, demo_desk: Officer, path: str) -> None:
    with demo.app.app_context():
        engine = demo.app.extensions["sqlalchemy"].engine
    demo_desk.get(f"/officer{path}")
    with statements(engine) as seen:
        demo_desk.get(f"/officer{path}")
    asked = questions(seen)
    assert len(asked) <= MOST_QUERIES, asked


def questions(seen: list[str]) -> list[str]:
    """What was asked of the database. PostgreSQL's lock is taken by a SELECT, too."""
    return [one for one in seen if one.lstrip().upper().startswith("SELECT") and "advisory" not in one]


def opened(demo: Demo) -> list[str]:
    """The pages of one request, agency, complaint and draft."""
    demo.bench.settle()
    lookup = {**demo.lookup("unreachable"), "purpose": "obtain-contact-details"}
    asked = demo.using("collector").post("/v1/lookups", lookup, idempotency_key="opened").json
    filed = demo.using("lender").post("/v1/complaints", {
        "from": "borrower", "borrower": demo.person("reachable")["borrower"], "about": "lender", "text": "invented"})
    draft = demo.using("officer").post("/v1/releases/resume?draft=1").json["entry"]["id"]
    return [f"/officer/approvals/{asked['approval']}", f"/officer/agencies/{demo.card['parties']['agency']}",
            f"/officer/complaints/{filed.json['complaint']}", f"/officer/acts/{draft}"]


def test_pages_of_one_thing_are_as_light_and_ask_as_little(demo: Demo, demo_desk: Officer) -> None:
    with demo.app.app_context():
        engine = demo.app.extensions["sqlalchemy"].engine
    for path in opened(demo):
        demo_desk.get(path)
        with statements(engine) as seen:
            page = demo_desk.get(path)
        assert page.status_code == 200
        assert len(page.data) < MOST_BYTES
        # What a look adds to the projections is counted in reads too: an entry is followed by its projection.
        asked = questions(seen)
        assert len(asked) <= MOST_QUERIES, "\n".join([path, *asked])


def test_the_navigation_leads_to_pages_that_exist(demo: Demo, demo_desk: Officer) -> None:
    demo_desk.get("/officer")
    links = re.findall(r'href="(/officer[^"]*)"', demo_desk.page)
    assert len(set(links)) >= len(NAV)
    for link in set(links):
        assert demo_desk.get(link).status_code == 200, link


@pytest.mark.parametrize("path", PAGES)
def test_only_an_officer_sees_them(world: World, path: str) -> None:
    nobody = Visitor(world.app)
    nobody.get(f"/officer{path}")
    assert nobody.path.startswith("/sign-in")
    auditor = by_link(world, "auditor")
    assert auditor.get(f"/officer{path}").status_code == 403


def test_an_unknown_request_agency_complaint_or_draft_is_told_in_words(world: World, desk: Officer) -> None:
    for path in ("approvals", "agencies", "complaints", "acts"):
        answer = desk.get(f"/officer/{path}/{'0' * 32}")
        assert (answer.status_code, answer.mimetype) == (404, "text/html")
    assert desk.get("/officer/packs/nowhere").status_code == 404


def words_of(shape: Shape) -> list[str]:
    """The words of a closed list."""
    assert shape.name.startswith("one of ")
    return shape.name.removeprefix("one of ").split()


RAISED = {word for name, kind in KINDS.items() if name.startswith("alarm-raised/")
          for word in words_of(kind.fields["alarm"])}  # type: ignore[arg-type]


def test_every_alarm_is_said_in_words_with_what_it_means_and_what_to_do() -> None:
    assert set(ALARMS) == RAISED
    assert [one for one in ALARMS for part in ("name", "means", "do") if not known(f"alarm.{part}.{one}")] == []


@pytest.mark.parametrize(("family", "all_of"), [
    ("class", words_of(CLASS)), ("medium", words_of(MEDIUM)), ("purpose", words_of(PURPOSE)),
    ("hold", words_of(HOLD)), ("why", [*WHY, *FLAWED_ATTEMPTS]),
    ("counts", ["counted", "covers", "no"]),
    ("verdict", VERDICTS), ("remedy", REMEDIES), ("result", RESULTS),
    ("complaint.about", ABOUT), ("complaint.from", ["borrower", "contact"]), ("role", ["entrusted", "independent"]),
    ("approval.state", ["open", "approved", "refused", "used"]), ("agency.state", ["active", "suspended"]),
])
def test_every_word_of_the_log_that_a_page_may_show_is_said_in_words(family: str, all_of: list[str]) -> None:
    assert [one for one in all_of if not known(f"officer.{family}.{one}")] == []


@pytest.mark.parametrize(("family", "all_of"), [
    ("kind.contact", words_of(MODE)), ("role", OFFICER_ROLES), ("outcome", [*words_of(OUTCOME), *VISITED]),
    ("call", words_of(KINDS["call-recorded/1"].fields["outcome"])),  # type: ignore[arg-type]
    ("unbound", words_of(KINDS["call-unbound/1"].fields["why"])),  # type: ignore[arg-type]
])
def test_what_came_of_a_lookup_is_said_in_words_whatever_it_was(family: str, all_of: list[str]) -> None:
    assert [one for one in all_of if not known(f"course.{family}.{one}")] == []


def test_no_words_are_left_over() -> None:
    """Every text of these pages is named by a template or a view, or is of a family that is asked for by a word."""
    sources = [*(ROOT / "registry/web/templates/portal/officer").glob("*.html"),
               *(ROOT / "registry/web/portal").glob("officer*.py"),
               ROOT / "registry/web/templates/portal/timeline.html", ROOT / "registry/casefile/page.py"]
    text = "\n".join(path.read_text("utf-8") for path in sources)
    # Charts are told how to say a text, and leave out the "officer." that the view puts before it.
    charts = (ROOT / "registry/reporting/comparison.py").read_text("utf-8")
    text += re.sub(r'say\((f?)"compare\.', r'say(\1"officer.compare.', charts)
    named = set(re.findall(r'"(officer\.[a-z_.-]+[a-z_])"', text))
    families = tuple(re.findall(r'"(officer\.[a-z.-]+\.)" ~', text)) + tuple(
        re.findall(r'f"(officer\.[a-z.-]+\.)\{', text))
    assert families
    own = [key for key in texts() if key.startswith("officer.")]
    left = [key for key in own if key not in named and not key.startswith(families)]
    assert left == []
    assert [key for key in named if not known(key) and not key.endswith(".")] == []
