"""An officer's pages for a draft of a pack: differences in words, the comparison as a chart, on to the signatures."""

from __future__ import annotations

import io
import re

import pytest

from registry.cli.compare_job import do_next
from tests.officer.desk import Officer
from tests.officer.test_comparisons import stricter
from tests.web.world import World

PATH = "/officer/packs/compare"


@pytest.fixture
def compared(world: World, desk: Officer) -> Officer:
    """At the page of a comparison that is done."""
    desk.get(PATH)
    form = {**desk.form_members(), "text": stricter(), "from": "", "until": ""}
    desk.post(PATH, form, sec_fetch_site="same-origin")
    assert desk.status == 200, desk.page
    while do_next(world.bench.store, world.bench.vault, world.bench.ports.wall):
        pass
    desk.get(desk.path)
    return desk


def test_the_rules_in_force_lead_to_trying_a_draft(desk: Officer) -> None:
    desk.get("/officer/packs")
    assert f'href="{PATH}"' in desk.page


def test_what_the_draft_says_otherwise_is_said_in_words_beside_the_pack_in_force(compared: Officer) -> None:
    assert "unreachable.<wbr>span_<wbr>days" in compared.page
    assert "stricter" in compared.page
    assert "1 difference" in compared.page
    assert "min_<wbr>days" not in compared.page, "what is the same is not shown"


def test_the_result_has_its_numbers_in_tables_and_its_charts_beside_them(world: World, compared: Officer) -> None:
    assert re.search(r"\d+ decisions, \d+ of them different", compared.page)
    for source in re.findall(r'<img src="([^"?]+\.svg)', compared.page):
        chart = compared.client.get(source, headers=compared.headers)
        assert chart.status_code == 200
        assert chart.text.startswith("<svg")
        assert "script" not in chart.text
    assert compared.client.get(f"{compared.path}/nothing.svg", headers=compared.headers).status_code == 404


def test_a_draft_may_come_as_a_file(world: World, desk: Officer) -> None:
    desk.get(PATH)
    data = {**desk.form_members(), "text": "", "from": "", "until": "",
            "file": (io.BytesIO(stricter(902).encode()), "any name.toml")}
    sent = desk.client.post(PATH, data=data, headers={**desk.headers, "Sec-Fetch-Site": "same-origin"})
    assert sent.status_code == 303
    desk.get(sent.headers["Location"])
    assert "902" in desk.page
    assert "any name" not in desk.page


@pytest.mark.parametrize(("members", "said"), [
    ({"text": ""}, "Choose a file or paste"), ({"text": "pack = 'cn'"}, "see above what is wrong"),
    ({"text": stricter(), "from": "2026-03-01", "until": "2026-02-01"}, "not before the first"),
])
def test_a_form_that_is_refused_says_why_and_keeps_what_was_typed(
    desk: Officer, members: dict[str, str], said: str,
) -> None:
    desk.get(PATH)
    desk.post(PATH, {**desk.form_members(), "from": "", "until": "", **members}, sec_fetch_site="same-origin")
    assert desk.status == 422
    assert said in desk.page
    if members["text"]:
        assert members["text"].splitlines()[0] in desk.page.replace("&#39;", "'").replace("&#34;", '"')


def test_from_the_result_on_to_the_first_signature_with_a_later_time(world: World, compared: Officer) -> None:
    page = compared.path
    compared.post(f"{page}/activation", {**compared.form_members(), "day": "2020-01-01", "time": "00:00"},
                  sec_fetch_site="same-origin")
    assert compared.status == 422
    assert "still to come" in compared.page
    compared.get(page)
    compared.post(f"{page}/activation", {**compared.form_members(), "day": "2036-01-01", "time": "08:30"},
                  sec_fetch_site="same-origin")
    draft = compared.drafted()
    assert "2036" in compared.page
    compared.sign(way="keep")
    assert draft in compared.page, "it waits for the second officer"


def test_a_comparison_that_is_not_there_is_no_page(desk: Officer) -> None:
    desk.get(f"{PATH}/{'0' * 32}")
    assert desk.status == 404
