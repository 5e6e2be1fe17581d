"""Every reason code there is, in the one order in which several are given (POLICY section 6).

Codes are never reused and never change meaning. `docs/reasons.md` has a paragraph for each; a test compares.
"""

from __future__ import annotations

from registry.model.value import value

SYSTEM = (
    "log-unavailable", "log-inconsistent", "witness-quorum", "vault-unavailable", "courier-unavailable",
    "inbox-waiting", "feed-stale", "clock-untrusted", "releases-stopped", "internal",
)
FIX_REQUEST = (
    "caller-unknown", "key-revoked", "signature-invalid", "purpose-not-allowed", "mode-not-allowed", "pack-missing",
    "script-missing", "language-missing", "outcome-overdue", "collector-alarm",
)
CONSENT_FLAWS = ("absent", "expired", "withdrawn", "scope", "grantee", "assurance", "notice-outdated")
HOLDS = (
    "attorney", "dispute", "insolvency", "moratorium", "vulnerability", "cease", "deceased", "incapacitated",
    "complaint",
)
NOT_ELIGIBLE = (
    "agency-not-approved", "agency-approval-lapsed", "agency-suspended", "account-not-placed", "account-not-open",
    "account-not-overdue-enough", "account-balance-too-small", "account-time-barred", "account-assigned",
    *(f"borrower-consent-{flaw}" for flaw in CONSENT_FLAWS),
    *(f"contact-consent-{flaw}" for flaw in CONSENT_FLAWS),
    "no-channel", "contact-not-informed", "contact-refused", "contact-line-dead", "line-message-cap",
    "line-is-contact", "borrower-cap", "less-intrusive-first", "callback-offered", "visit-forbidden",
    "visitors-too-few", "contact-objected", "contact-erased", "contact-minor", "contact-wrong-person",
    "contact-is-borrower", "no-contact", "sign-of-life", "borrower-refuses", "only-unresponsive",
    *(f"hold-{kind}" for kind in HOLDS),
    "line-cap", "case-cap", "line-cooldown", "pack-forbids", "pack-conflict", "notice-impossible",
)
# What this agency can still do about reaching the borrower, before what it can do about the count of it.
EFFORT = (
    "channels-incomplete", "attempts-too-few", "days-too-few", "dayparts-too-few", "span-too-short",
    "attempts-stale",
)
# Why an attempt counted for nothing; given only when a count is short.
FLAWED_ATTEMPTS = (
    "attempt-not-attested", "attempt-sequence-gap", "attempt-too-close", "attempt-unlawful", "evidence-grade",
)
TRY_LATER = (
    *EFFORT, "reached-recently", *FLAWED_ATTEMPTS, "notice-missing", "notice-incomplete", "notice-running",
    "outside-hours", "approval-missing", "permit-expired",
)

CLASS_OF: dict[str, str] = {
    **dict.fromkeys(SYSTEM, "system"), **dict.fromkeys(FIX_REQUEST, "fix-request"),
    **dict.fromkeys(NOT_ELIGIBLE, "not-eligible"), **dict.fromkeys(TRY_LATER, "try-later"),
}
RANK: dict[str, int] = {code: place for place, code in enumerate(CLASS_OF)}


@value(frozen=True, slots=True)
class Reason:
    """One failed rule. `have` and `need` are counts, `not_before` milliseconds, where they say something."""

    code: str
    have: int | None = None
    need: int | None = None
    not_before: int | None = None


def in_order(reasons: list[Reason]) -> tuple[Reason, ...]:
    """Reasons in the fixed order, one per code: hopeless ones never look like "try later"."""
    if len(reasons) < 2:
        return tuple(reasons)
    first: dict[str, Reason] = {}
    for reason in reasons:
        first.setdefault(reason.code, reason)
    return tuple(sorted(first.values(), key=lambda reason: RANK[reason.code]))
