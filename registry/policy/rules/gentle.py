"""Least intrusive first, where a pack orders it: a relayed message before a bare number (POLICY section 5)."""

from __future__ import annotations

from registry.model.times import DAY
from registry.policy.reasons import Reason
from registry.policy.rules.case import Case
from registry.policy.rules.consent import both_cover
from registry.policy.rules.telling import script_of


def less_intrusive_first(case: Case) -> Reason | None:
    """`message.first`: a message was relayed to this very contact for this account in the present case at least
    `message.wait_days` ago, or the contact answered that he cannot pass it on; if a message is possible at all.

    Judged of the contact whose number would leave, not in choosing him: else whoever agreed to no messages would be
    called before anybody was written to.
    """
    contact, ask = case.contact, case.facts.ask
    if contact is None or ask.mode == "message" or not case.params.message_first or contact.relay.cannot:
        return None
    if contact.relay.first_at is not None:
        over = contact.relay.first_at + case.params.message_wait_days * DAY
        return Reason("less-intrusive-first", not_before=over) if case.at < over else None
    # One on its way is waited for, though it may have used up the consent that allowed it.
    return Reason("less-intrusive-first") if contact.relay.queued or message_possible(case) else None


def message_possible(case: Case) -> bool:
    """Whether packs and both consents allow a message to this contact at all, and the pack has words for it."""
    params = case.params
    return (
        "message" in params.release_modes and params.line_messages_30d > 0
        and script_of(case, "message") is not None and both_cover(case, "message")
    )
