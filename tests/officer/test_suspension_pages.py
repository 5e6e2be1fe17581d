"""A provider is suspended and taken up again on its page: drawn up, signed, and told in words (both languages)."""

from __future__ import annotations

from registry.model.times import DAY, HOUR, stamp
from registry.texts.pages import text
from tests.officer.desk import Officer, kinds, size
from tests.officer.test_provider_pages import SECRET, add
from tests.web.world import World

SUSPENSION = "/officer/providers/{}/suspension"


def registered(desk: Officer, name: str) -> str:
    add(desk, name=name, secret=SECRET)
    desk.sign()
    return f"/officer/providers/{name}"


def typed(at: int) -> str:
    """As a browser sends a date and a time."""
    return stamp(at)[:16]


def said(key: str, language: str = "en", **places: str) -> str:
    return text(f"officer.provider.{key}", language, places).split(";")[0]


def test_one_officer_suspends_a_provider_since_yesterday_and_takes_it_up_again(world: World, desk: Officer) -> None:
    path, before = registered(desk, "page-leaky"), size(world)
    assert said("belief.always") in desk.get(path).text
    desk.send(f"{path}/suspension", since=typed(world.clock.now() - DAY), note="invented words")
    desk.drafted()
    assert "page-leaky (" in desk.page, "the act is about an account that people know by its name"
    desk.sign()
    assert "provider-suspended/1" in kinds(world, before)
    assert desk.path == "/officer/providers"
    assert text("officer.providers.counts.suspended", "en", {}) in desk.page
    page = desk.get(path).text
    assert stamp(world.clock.now() - DAY)[11:16] in page
    assert f'action="{path}/resume"' in page
    desk.send(f"{path}/resume", note="")
    desk.sign()
    assert kinds(world, before)[-1] == "provider-resumed/1"
    page = desk.get(path).text
    assert f'action="{path}/resume"' not in page
    assert "and what came later is" in page


def test_left_empty_it_is_from_the_act_on_and_an_earlier_time_can_be_named_later(world: World, desk: Officer) -> None:
    path = registered(desk, "page-later")
    before = size(world)
    desk.get(path)
    desk.send(f"{path}/suspension", since="")
    desk.sign()
    assert "since" not in world.bench.vault.call("entry", {"index": before})["entry"]["body"]
    desk.get(path)
    assert 'name="note"' in desk.page
    assert desk.page.count('id="note"') == 1
    desk.send(f"{path}/suspension", since=typed(world.clock.now() - HOUR))
    desk.sign()
    assert kinds(world, before) == ["provider-suspended/1"] * 2


def test_a_time_to_come_or_none_at_all_is_refused_beside_its_field(world: World, desk: Officer) -> None:
    path, before = registered(desk, "page-wrong"), size(world)
    for wrong in (typed(world.clock.now() + DAY), "yesterday", "2026-13-01T00:00"):
        desk.get(path)
        desk.send(f"{path}/suspension", since=wrong)
        assert (desk.status, 'id="since-error"' in desk.page) == (422, True), wrong
        assert f'value="{wrong}"' in desk.page
    assert size(world) == before


def test_a_chinese_page_says_it_in_chinese(world: World, desk: Officer) -> None:
    path = registered(desk, "page-zh")
    chinese = Officer(world, world.keys.officers[0], language="zh")
    chinese.get(path)
    chinese.send(f"{path}/suspension", since="")
    assert "不再采信通信服务方 page-zh" in chinese.page
    chinese.sign()
    page = chinese.get(path).text
    assert text("officer.providers.why.suspended", "zh", {}) in page
    assert "恢复采信" in page
