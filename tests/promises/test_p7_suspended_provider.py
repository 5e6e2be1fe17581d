"""P7 where a provider's secret has leaked: what the thief invents stops counting the moment one officer says so."""

from __future__ import annotations

from registry.audit.replay import replay
from registry.model.times import DAY, HOUR, MINUTE, stamp
from registry.shipped import shipped_outcomes
from tests.promises.covered import number_left
from tests.promises.office import Office
from tests.promises.test_p7_evidence import ANSWERED, BASE, RANG


def suspend(office: Office, since: int | None = None) -> None:
    """By one officer; the courier has read on."""
    body = {"provider": office.provider} | ({} if since is None else {"since": stamp(since)})
    assert office.world.sign("provider-suspended/1", body)["fresh"]
    office.courier.follow()


def resume(office: Office) -> None:
    assert office.world.sign("provider-resumed/1", {"provider": office.provider})["fresh"]
    office.courier.follow()


def replays(office: Office) -> bool:
    """Whether everybody who holds the log comes to the same verdicts (P9)."""
    log = office.world.vault.desk.log
    leaves = [leaf for _, leaf in log.leaves(0, log.size)]
    return replay(leaves, shipped_outcomes()).ok


def test_a_thief_invents_attempts_and_an_officer_suspends_since_yesterday(office: Office) -> None:
    office.dial(office.tried, cause=RANG, ring_seconds=30)      # by the thief, with the leaked secret
    assert office.counted(office.tried) == BASE + 1
    suspend(office, since=office.world.clock.now() - DAY)
    assert office.counted(office.tried) == BASE
    assert office.dial(office.tried, cause=RANG, ring_seconds=30) == "provider-suspended"
    assert replays(office)


def test_a_lookup_for_which_every_rule_holds_is_refused_once_what_it_rests_on_is_not_believed(office: Office) -> None:
    office.world.alive()
    suspend(office, since=office.world.clock.now() - 15 * DAY)
    refused = office.world.lookup(office.ready)
    assert not number_left(refused)
    assert {"attempt-not-attested", "attempts-too-few"} <= set(office.world.codes(refused))
    assert "attempt-not-attested" in [one["code"] for one in refused["missing"]], "the agency learns why"
    assert replays(office)


def test_a_suspension_since_today_leaves_what_was_proven_before(office: Office) -> None:
    office.world.alive()
    suspend(office)
    assert number_left(office.world.lookup(office.ready))
    assert replays(office)


def test_a_number_that_was_given_is_not_given_again_after_the_suspension(office: Office) -> None:
    office.world.alive()
    first = office.world.lookup(office.ready, key="once")
    assert number_left(first)
    suspend(office, since=office.world.clock.now() - 15 * DAY)
    assert not number_left(office.world.lookup(office.ready, key="once"))
    resume(office)
    assert not number_left(office.world.lookup(office.ready, key="once")), "taken up again, it stays not believed"
    assert replays(office)


def test_that_the_borrower_answered_counts_whoever_reports_it(office: Office) -> None:
    suspend(office, since=office.world.clock.now() - MINUTE)
    assert office.dial(office.ready, cause=ANSWERED) == "recorded"
    assert "sign-of-life" in office.codes_now(office.ready)
    assert replays(office)


def test_taken_up_again_it_counts_from_there_on_once_the_gap_is_accepted(office: Office) -> None:
    office.dial(office.tried)
    suspend(office, since=office.world.clock.now() - HOUR)
    office.world.clock.at += 3 * HOUR
    assert office.dial(office.tried) == "provider-suspended"
    refused = office.seq
    resume(office)
    office.later(1)
    assert office.dial(office.tried) == "recorded"
    assert office.counted(office.tried) == BASE, "behind a gap"
    office.world.sign("provider-gap-accepted/1", {
        "provider": office.provider, "from_seq": refused, "through_seq": refused})
    assert office.counted(office.tried) == BASE + 1
    assert replays(office)
