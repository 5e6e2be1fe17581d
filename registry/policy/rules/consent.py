"""Both consents, always: the borrower's and the contact's (POLICY section 1; CONTRACT section 2)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from registry.model.times import DAY
from registry.policy.facts.listed import Consent
from registry.policy.reasons import Reason
from registry.policy.rules.case import Case


def borrower_consent(case: Case) -> Sequence[Reason]:
    """The borrower agreed that this contact may be reached for him, by this agency, for this, like this."""
    return _borrower_agreed(case, case.facts.ask.mode)


def contact_consent(case: Case) -> Sequence[Reason]:
    """The contact agreed, by a code sent to that very line or better; no pack may lower it."""
    return _contact_agreed(case, case.facts.ask.mode)


def both_cover(case: Case, mode: str) -> bool:
    """Whether both consents hold for what is asked, were it asked in this mode."""
    contact = case.contact
    refused = contact is not None and contact.refused and all(one.ended for one in contact.consents)
    return not (refused or _borrower_agreed(case, mode) or _contact_agreed(case, mode))


def _borrower_agreed(case: Case, mode: str) -> Sequence[Reason]:
    contact = case.contact.id if case.contact is not None else None
    usable = [one for one in case.facts.consents if one.contact in (None, contact) or contact is None]
    if not case.params.borrower_consent:
        return ()
    return _judged(case, mode, usable, "borrower-consent", None)


def _contact_agreed(case: Case, mode: str) -> Sequence[Reason]:
    contact = case.contact
    if contact is None or not case.params.contact_consent:
        return ()
    if contact.refused and not any(not one.ended for one in contact.consents):
        return ()   # `contact-refused` says it
    return _judged(case, mode, contact.consents, "contact-consent", contact.line_id)


def _judged(
    case: Case, mode: str, consents: Sequence[Consent], side: str, line: str | None,
) -> Sequence[Reason]:
    """Nothing where one consent holds; else what is wrong with the best one: fewest flaws, then the latest.

    `line`: the contact's, None where the consents are the borrower's.
    """
    standing = [one for one in consents if not one.ended]
    if not standing:
        return (Reason(f"{side}-{'withdrawn' if consents else 'absent'}"),)
    best: list[str] | None = None
    for one in reversed(standing):
        flaws = list(_flaws(case, mode, one, line))
        if not flaws:
            return ()
        if best is None or len(flaws) < len(best):
            best = flaws
    return [Reason(f"{side}-{flaw}") for flaw in best or ()]


def _flaws(case: Case, mode: str, consent: Consent, line: str | None) -> Iterator[str]:
    ask, account, approval = case.facts.ask, case.facts.account, case.facts.caller.approval
    age_ends = consent.at + case.params.consent_max_age_days * DAY
    if case.at > consent.expires_at or case.at > age_ends:
        yield "expired"     # age runs from the registry's stamp; `given_at` is only shown
    if (
        ask.purpose not in consent.purposes or mode not in consent.modes or not consent.separate
        or consent.account not in (None, ask.account) or consent.uses >= consent.max_uses
        or account is None or consent.lender != account.lender or (line is not None and consent.line != line)
    ):
        yield "scope"
    if (
        approval is None or consent.grantee_role != approval.role
        or consent.grantee_party not in (None, ask.client) or consent.void
    ):
        yield "grantee"     # judged now: the agency's role with this lender as it stands; none after an assignment
    if consent.assurance < (case.params.borrower_assurance if line is None else case.params.contact_assurance):
        yield "assurance"


def holding(case: Case) -> tuple[list[Consent], list[Consent]]:
    """The borrower's consents and the contact's that hold for what is asked, without a flaw."""
    mode, contact = case.facts.ask.mode, case.contact
    ours = [one for one in case.facts.consents if contact is None or one.contact in (None, contact.id)]
    sides = ((ours, None), (contact.consents, contact.line_id) if contact is not None else ((), None))
    found = [
        [one for one in consents if not one.ended and not any(_flaws(case, mode, one, line))]
        for consents, line in sides
    ]
    return found[0], found[1]


def agreed_hours(case: Case) -> list[tuple[int, int]]:
    """Hours that the consents in force name, as local minutes."""
    hours = []
    for consents, line in ((case.facts.consents, None), (case.contact.consents if case.contact else (), True)):
        for one in consents:
            fits = line is None or (case.contact is not None and one.line == case.contact.line_id)
            if one.hours is not None and not one.ended and fits:
                hours.append(one.hours)
    return hours
