"""Brokered calls (version 2): no number leaves, the bridge connects two lines for a while (POLICY section 5)."""

from __future__ import annotations

from registry.policy.reasons import Reason
from registry.policy.rules import gentle
from registry.policy.rules.case import Case
from registry.policy.rules.consent import both_cover
from registry.policy.rules.line import RELEASES_WITHIN
from registry.policy.rules.telling import script_of


def mode_not_allowed(case: Case) -> Reason | None:
    """`release_modes` of the person called, within the floor's; a call comes from a line that the collector named."""
    ask = case.facts.ask
    allowed = ask.mode in case.params.release_modes and (ask.mode != "call" or ask.caller)
    return None if allowed else Reason("mode-not-allowed")


def cap(case: Case) -> Reason | None:
    """`line.max_releases_30d` and `line.max_conversations_per_case`, over numbers and calls.

    A call is not a number: it uses up no number's cap, unless it may still connect. But a number that left is a call
    already, so both count for a call. Whoever was spoken with on either was spoken with.
    """
    if case.contact is None or case.facts.ask.mode == "message":
        return None
    line, params, at = case.contact.line, case.params, case.at
    recent = sum(1 for one in line.releases if at - one < RELEASES_WITHIN)
    recent += sum(1 for permitted, over in line.calls
                  if at < over or (case.facts.ask.mode == "call" and at - permitted < RELEASES_WITHIN))
    if recent >= params.line_releases_30d or line.conversations >= params.line_conversations_per_case:
        return Reason("line-cap")
    return None


def less_intrusive_first(case: Case) -> Reason | None:
    """`message.first`: a message before a call or a number; `call.first`: a brokered call before a bare number, if
    one is possible at all. One that may still connect is waited for."""
    message = gentle.less_intrusive_first(case)
    contact = case.contact
    if message is not None or contact is None or case.facts.ask.mode != "number" or not case.params.call_first:
        return message
    if contact.call.open or (contact.call.over_at is None and call_possible(case)):
        return Reason("less-intrusive-first")
    return None


def call_possible(case: Case) -> bool:
    """Whether packs and both consents allow a brokered call to this contact at all, and the pack has words for it."""
    params = case.params
    return (
        "call" in params.release_modes and params.line_releases_30d > 0
        and script_of(case, "call") is not None and both_cover(case, "call")
    )
