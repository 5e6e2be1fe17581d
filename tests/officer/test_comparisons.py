"""An officer tries a draft of a pack on what was logged: the job, who may ask, what is told of one that died."""

from __future__ import annotations

import re
from typing import Any

import pytest

from registry.cli.compare_job import VaultLog, do_next
from registry.errors import UnavailableError
from registry.model.times import SECOND
from registry.shipped import shipped_packs
from registry.store.comparisons import MOST_WAITING, SILENT
from tests.web.world import World

PATH = "/v1/packs/compare"


def stricter(version: int = 901) -> str:
    """The pack `cn` with a longer span, as another version."""
    text = re.sub(r'^version = "\d+"', f'version = "{version}"', shipped_packs()["cn"].text, count=1, flags=re.M)
    return re.sub(r'(\[parameters\."unreachable\.span_days"\]\s*\nvalue = )\d+', r"\g<1>50", text)


def asked(world: World, **more: Any) -> str:
    answer = world.officer.post(PATH, {"text": stricter(), **more})
    assert (answer.status_code, answer.json["state"]) == (202, "waiting"), answer.text
    ident: str = answer.json["comparison"]
    return ident


@pytest.fixture(autouse=True)
def nothing_waits(world: World) -> None:
    at = world.bench.ports.wall()
    while (job := world.bench.store.take_comparison(at)) is not None:
        world.bench.store.end_comparison(job["id"], at, None, "internal")


def test_a_draft_is_tried_on_the_whole_log_and_the_result_is_kept(world: World) -> None:
    size = world.bench.vault.call("status", {})["size"]
    ident = asked(world)
    assert world.officer.get(f"{PATH}/{ident}").json["state"] == "waiting"
    assert do_next(world.bench.store, world.bench.vault, world.bench.ports.wall)
    found = world.officer.get(f"{PATH}/{ident}").json
    assert (found["state"], found["draft"]["name"], found["draft"]["version"]) == ("done", "cn", "901")
    assert found["result"]["log"]["size"] == size
    assert found["done"] == found["total"] == 2 * size
    assert found["result"]["replaces"]["name"] == "cn"
    listed = world.officer.get(PATH).json["items"]
    assert ident in [one["comparison"] for one in listed]
    assert all("result" not in one for one in listed)
    assert world.bench.vault.call("status", {})["size"] == size, "to compare is no entry"


def test_nobody_waits_no_job_is_done(world: World) -> None:
    assert not do_next(world.bench.store, world.bench.vault, world.bench.ports.wall)


def test_only_who_may_change_packs_compares_them(world: World) -> None:
    for who in ("collector", "lender", "auditor"):
        assert world.using(who).post(PATH, {"text": stricter()}).status_code == 403
        assert world.using(who).get(PATH).status_code == 403


@pytest.mark.parametrize(("body", "code"), [
    ({"text": "pack = 'cn'"}, "pack-malformed"), ({"text": "= ="}, "pack-malformed"),
    ({"text": "x", "until": "2026-02-30"}, "malformed"),
])
def test_what_is_no_pack_or_no_day_is_refused_at_once(world: World, body: dict[str, str], code: str) -> None:
    answer = world.officer.post(PATH, body)
    assert answer.status_code == 422
    assert answer.json["code"] == code


def test_a_period_that_ends_before_it_begins_is_refused(world: World) -> None:
    answer = world.officer.post(PATH, {"text": stricter(), "from": "2026-03-01", "until": "2026-02-01"})
    assert (answer.status_code, answer.json["code"]) == (422, "period-wrong")


def test_a_job_that_nobody_works_on_any_more_is_lost_and_hinders_no_other(world: World) -> None:
    store, at = world.bench.store, world.bench.ports.wall()
    ident = asked(world)
    assert store.take_comparison(at) is not None
    other = asked(world)
    assert store.take_comparison(at) is None, "one at a time"
    assert not store.comparison_waits(at), "nobody starts a process for it meanwhile"
    assert store.comparison_waits(at + SILENT)
    found = store.comparison(ident, at + SILENT)
    assert found is not None
    assert found["state"] == "lost"
    taken = store.take_comparison(at + SILENT + SECOND)
    assert taken is not None
    assert taken["id"] == other
    store.end_comparison(ident, at + SILENT + SECOND, None, "internal")
    store.end_comparison(other, at + SILENT + SECOND, None, "internal")


def test_only_so_many_wait(world: World) -> None:
    for _ in range(MOST_WAITING):
        asked(world)
    answer = world.officer.post(PATH, {"text": stricter()})
    assert (answer.status_code, answer.json["code"]) == (409, "comparison-waiting")


def test_a_vault_that_does_not_answer_is_said_in_the_job(world: World) -> None:
    class Away:
        def call(self, op: str, args: dict[str, Any]) -> dict[str, Any]:
            raise UnavailableError("there is no answer")

    ident = asked(world)
    assert do_next(world.bench.store, Away(), world.bench.ports.wall)
    found = world.officer.get(f"{PATH}/{ident}").json
    assert (found["state"], found["why"]) == ("failed", UnavailableError.code)


def test_the_log_is_read_with_rests_between(world: World) -> None:
    rests: list[float] = []
    log = VaultLog(world.bench.vault, rests.append)
    assert log.checkpoint()
    assert len(rests) == 1
    assert rests[0] > 0
