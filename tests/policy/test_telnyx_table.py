"""Telnyx's words: each stands for one cause that an entry can carry, no two for the same, nothing counts unsaid."""

from __future__ import annotations

import itertools

import pytest

from registry.errors import MalformedError
from registry.model.providers import KINDS
from registry.policy import OutcomeTable
from registry.policy.outcomes.table import LEAST_FAVOURABLE_FIRST
from registry.shipped import outcome_tables, shipped_outcomes

TABLE = shipped_outcomes("telnyx")
DOCUMENTED = {"call_rejected", "normal_clearing", "originator_cancel", "timeout", "time_limit", "user_busy",
              "not_found", "no_answer", "unspecified"}
COUNTING = {"no-answer", "not-alerted", "dead-address"}
HEAD = "table='x'\nversion='1'\nmin_ring_seconds=20\n"
ROW = "[[row]]\nfield='q850'\nvalues=[17]\nclass='busy'\nsource='s'\n"


def test_the_words_are_those_that_telnyx_documents_and_no_two_mean_the_same() -> None:
    assert set(TABLE.said) == DOCUMENTED
    causes = [tuple(sorted(one.cause.items())) for one in TABLE.said.values()]
    assert len(set(causes)) == len(causes)
    assert {word for word, one in TABLE.said.items() if one.rang} == {"no_answer", "timeout"}


@pytest.mark.parametrize("word", sorted(DOCUMENTED))
def test_what_the_caller_ended_before_an_answer_never_counts(word: str) -> None:
    for sip in (None, *(value for field, value in TABLE.classes if field == "sip"), 403, 500, 503):
        cause = {**TABLE.said[word].cause, "hangup_by": "caller"}
        if sip is not None:
            cause.setdefault("sip", sip)  # type: ignore[arg-type]
        assert TABLE.classify(cause, 60) not in COUNTING


def test_a_response_beside_the_word_never_makes_it_more_favourable() -> None:
    codes = [value for field, value in TABLE.classes if field == "sip"]
    for (_, said), sip in itertools.product(TABLE.said.items(), codes):
        if "sip" in said.cause or ("sip", sip) in TABLE.alone:
            continue
        alone = TABLE.classify({**said.cause, "hangup_by": "callee"}, 60)
        both = TABLE.classify({**said.cause, "sip": sip, "hangup_by": "callee"}, 60)
        assert LEAST_FAVOURABLE_FIRST.index(both) <= LEAST_FAVOURABLE_FIRST.index(alone)


def test_only_a_refusal_of_the_callee_is_one() -> None:
    assert TABLE.classify({"q850": 21, "sip": 603, "hangup_by": "callee"}) == "declined"
    assert TABLE.classify({"q850": 21, "sip": 603, "hangup_by": "caller"}) == "caller-fault"
    assert TABLE.classify({"q850": 21, "sip": 603}) == "unknown"


def test_each_kind_of_provider_has_one_newest_table_and_an_unknown_kind_none() -> None:
    assert {one.name for one in outcome_tables()} == set(KINDS)
    with pytest.raises(Exception, match="no outcome table"):
        shipped_outcomes("pigeon")


@pytest.mark.parametrize("said", [
    "[[said]]\nword='a'\ncause={q850=19}\nsource='s'",                      # no row names it
    "[[said]]\nword='a'\ncause={}\nsource='s'",
    "[[said]]\nword='a'\ncause={q850=17}",                                  # no source
    "[[said]]\nword='a'\ncause={q850=17}\nsource='s'\n[[said]]\nword='a'\ncause={unmapped=true}\nsource='s'",
    "[[said]]\nword='a'\ncause=17\nsource='s'",
])
def test_words_that_are_not_exact_are_refused(said: str) -> None:
    assert OutcomeTable.read(HEAD + ROW).said == {}
    with pytest.raises(MalformedError):
        OutcomeTable.read(HEAD + ROW + said)


def test_the_time_of_setting_up_is_not_below_nothing() -> None:
    with pytest.raises(MalformedError):
        OutcomeTable.read(HEAD + "setup_seconds=-1\n" + ROW)
