"""Every page once in a real browser: no violation of accessibility, little weight, nothing wider than a phone."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.base import AXE_SCRIPT

from tests.browser.tour import Stop, Tour
from tests.browser.visitor import Visitor
from tests.browser.world import Site
from tests.system.world import ROOT

MOST_BYTES = 100_000
# Rules by what they come from; and the one that another color scheme may break.
ALL = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
COLORS = {"type": "rule", "values": ["color-contrast"]}
CHECK = """async rules => (await axe.run({runOnly: rules, resultTypes: ["violations"]})).violations
  .map(one => `${one.id}: ${one.nodes[0].html.slice(0, 160)}`)"""
SIZES = ({"width": 390, "height": 844}, {"width": 1280, "height": 900})
ROUTE = re.compile(r'blueprint\.get\("([^"]*)"')
# What is a file to keep, or part of another page.
FILES = re.compile(r"(\.json|\.html|\.csv|\.svg|\.zip|/receipt|^/assets/.*)$")
# Reached by acts that the stories do: a second signature, a page behind a signature.
BY_STORIES = {"/officer/acts/<id:draft>", "/auditor/resolutions/drafts/<id:draft>",
              "/auditor/resolutions/<id:resolution>", "/me/consents/<id:consent>/code"}

WEIGHT = """() => [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
  .reduce((sum, one) => sum + one.decodedBodySize, 0)"""


@pytest.fixture(scope="module")
def tour(site: Site) -> Tour:
    return Tour.of(site)


def test_every_page_can_be_used_by_everybody(site: Site, tour: Tour) -> None:
    """Each on a phone and a desk, in both languages and both color schemes, two of the four turn by turn."""
    wrong: list[str] = []
    with site.visitor(language="zh", phone=True) as visitor:
        who = ""
        for place, stop in enumerate(tour.stops()):
            if stop.who != who:
                tour.enters(visitor, stop.who)
                who = stop.who
            looks(visitor, place)
            wrong += [f"{stop.name}: {one}" for one in seen(visitor, stop)]
    assert wrong == []


def looks(visitor: Visitor, place: int) -> None:
    """Another language each time, another screen every second time."""
    visitor.speaks(("zh", "en")[place % 2])
    visitor.page.set_viewport_size(SIZES[place // 2 % 2])  # type: ignore[arg-type]
    visitor.page.emulate_media(color_scheme="light")


def seen(visitor: Visitor, stop: Stop) -> Iterator[str]:
    """What is wrong with a page."""
    visitor.go(stop.path)
    if stop.steps is not None:
        stop.steps(visitor)
        visitor.page.wait_for_load_state()
    if visitor.page.get_by_role("heading", level=1).count() != 1:
        yield "not one heading of the first level"
    weight = int(visitor.page.evaluate(WEIGHT))
    if not 1_000 < weight < MOST_BYTES:
        yield f"weighs {weight} bytes"
    visitor.page.set_viewport_size(SIZES[0])  # type: ignore[arg-type]
    wide = int(visitor.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))
    if wide > 0:
        yield f"{wide} pixels wider than a phone"
    visitor.page.evaluate(AXE_SCRIPT)
    yield from visitor.page.evaluate(CHECK, ALL)
    visitor.page.emulate_media(color_scheme="dark")
    yield from visitor.page.evaluate(CHECK, COLORS)


def test_a_page_that_not_everybody_can_use_is_found(site: Site) -> None:
    with site.visitor() as visitor:
        visitor.go("/sign-in")
        visitor.page.evaluate("""() => {
            document.querySelector('label[for="address"]').remove();
            const wide = document.createElement("pre");
            wide.append("x".repeat(90)); wide.style.width = "900px"; wide.style.color = "#bbb";
            document.querySelector("main").append(wide);
        }""")
        visitor.page.evaluate(AXE_SCRIPT)
        found = visitor.page.evaluate(CHECK, ALL)
        assert {one.partition(":")[0] for one in found} >= {"label", "color-contrast"}


def test_the_tour_leaves_no_page_out(tour: Tour) -> None:
    prefixes = {"borrower": "/me", "contact": "/c", "officer": "/officer", "auditor": "/auditor", "sign": "",
                "assets": "/assets"}
    rules = set()
    for path in (ROOT / "registry" / "web" / "portal").glob("*.py"):
        prefix = prefixes.get(path.stem.split("_")[0])
        if prefix is not None:
            rules |= {prefix + rule for rule in ROUTE.findall(path.read_text("utf-8"))}
    pages = {rule for rule in rules if not FILES.search(rule)}
    assert len(pages) > 40
    known = {re.sub(r"<(?:(?:id|word):)?[a-z]+>", "<>", one.route) for one in tour.stops()} | {
        re.sub(r"<[^>]+>", "<>", one) for one in BY_STORIES}
    assert {rule for rule in pages if re.sub(r"<[^>]+>", "<>", rule) not in known} == set()
