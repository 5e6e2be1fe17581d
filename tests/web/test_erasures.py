"""Officers see which erasures wait, and cancel one by their signature while it can still be cancelled."""

from __future__ import annotations

from tests.web.world import World


def test_a_waiting_erasure_is_listed_and_cancelled_by_signature(world: World) -> None:
    before = world.officer.get("/v1/erasures").json["items"]  # of others, in the same world
    ids = world.someone()
    for role in ("borrower", "contact"):
        assert world.lender.post(f"/v1/{role}s/{ids[role]}/erasure", {}).status_code == 201
    listed = world.officer.get("/v1/erasures").json
    assert [(one["role"], one["subject"]) for one in listed["items"] if one not in before] == [
        ("borrower", ids["borrower"]), ("contact", ids["contact"])]
    assert (listed["waiting"], listed["burst"]) == (len(before) + 2, False)
    for role in ("borrower", "contact"):
        done = world.done(f"/v1/erasures/{ids[role]}/cancellation", {})
        assert (done.status_code, done.json["subject"]) == (201, ids[role])
    assert world.officer.get("/v1/erasures").json["items"] == before
    assert world.lender.get(f"/v1/borrowers/{ids['borrower']}").json["state"] == "open"
    assert world.done(f"/v1/erasures/{ids['borrower']}/cancellation", {}).json["code"] == "erasure-over"


def test_nobody_else_sees_them_and_nobody_unknown_is_cancelled(world: World) -> None:
    for stranger in (world.lender, world.collector):
        assert stranger.get("/v1/erasures").status_code == 403
        assert stranger.post(f"/v1/erasures/{'0' * 32}/cancellation?draft=1").status_code == 403
    assert world.officer.post(f"/v1/erasures/{'0' * 32}/cancellation?draft=1").status_code == 404
