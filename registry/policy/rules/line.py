"""The contact's line: objections and caps hold per line, across contacts, borrowers and agencies (P5)."""

from __future__ import annotations

from registry.model.times import DAY
from registry.policy.reasons import Reason
from registry.policy.rules.case import Case

RELEASES_WITHIN = 30 * DAY


def objected(case: Case) -> Reason | None:
    """Never again: for every agency, for ever. Saying no on the phone is the same (outcome `refused`)."""
    return Reason("contact-objected") if case.contact is not None and case.contact.line.objected else None


def minor(case: Case) -> Reason | None:
    """`contact.min_age`: a minor answered there."""
    return Reason("contact-minor") if case.contact is not None and case.contact.line.minor else None


def wrong_person(case: Case) -> Reason | None:
    """A stranger answered there."""
    return Reason("contact-wrong-person") if case.contact is not None and case.contact.line.wrong_person else None


def dead(case: Case) -> Reason | None:
    """The number was reported dead."""
    return Reason("contact-line-dead") if case.contact is not None and case.contact.line.dead else None


def cap(case: Case) -> Reason | None:
    """`line.max_releases_30d`, and `line.max_conversations_per_case`: of numbers, a message is not one."""
    if case.contact is None or case.facts.ask.mode == "message":
        return None
    line, params = case.contact.line, case.params
    recent = sum(1 for one in line.releases if case.at - one < RELEASES_WITHIN)
    if recent >= params.line_releases_30d or line.conversations >= params.line_conversations_per_case:
        return Reason("line-cap")
    return None


def message_cap(case: Case) -> Reason | None:
    """`line.max_messages_30d`: of relayed messages, a number is not one."""
    if case.contact is None or case.facts.ask.mode != "message":
        return None
    recent = sum(1 for one in case.contact.line.messages if case.at - one < RELEASES_WITHIN)
    return Reason("line-message-cap") if recent >= case.params.line_messages_30d else None


def case_cap(case: Case) -> Reason | None:
    """`case.max_contacts`: so many different contacts in one case."""
    if case.contact is None:
        return None
    others = len(case.facts.case_contacts - {case.contact.id})
    return Reason("case-cap") if others >= case.params.case_contacts else None


def cooldown(case: Case) -> Reason | None:
    """`line.cooldown_days` since the number last left; a message may still be relayed to it."""
    if case.contact is None or case.facts.ask.mode == "message" or not case.contact.line.releases:
        return None
    last = max(case.contact.line.releases)
    return Reason("line-cooldown") if case.at - last < case.params.line_cooldown_days * DAY else None
