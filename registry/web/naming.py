"""What operations are called in the OpenAPI document: a verb and what it is about. Generated clients name their
methods after it, so a name stays once it is published.
"""

from __future__ import annotations

# Endpoints whose view is not called by a verb and its object, or by one that another blueprint has too.
NAMES = {
    "accounts.account": "get_account", "accounts.change": "change_account", "accounts.place": "place_account",
    "accounts.recall": "recall_account",
    "auditor.lookup": "audit_lookup",
    "collector.lookup": "get_lookup",
    "consents.give": "give_consent", "consents.consent": "get_consent", "consents.withdraw": "withdraw_consent",
    "consents.renew": "renew_consent", "consent-records.record_of_consent": "get_consent_record",
    "consent-records.record_of_my_consent": "get_my_consent_record",
    "consent-records.record_of_my_agreement": "get_my_agreement_record",
    "consent-code.enter_code": "enter_consent_code",
    "demo.clock": "get_demo_clock", "demo.advance": "advance_demo_clock", "demo.dial": "report_demo_attempt",
    "demo.outbox": "list_demo_messages",
    "docs.openapi": "get_openapi", "docs.docs": "get_docs",
    "health.healthz": "get_health", "health.readyz": "get_readiness", "health.metrics": "get_metrics",
    "keys.keys": "get_keys",
    "lender.borrower": "get_borrower", "lender.contact": "get_contact",
    "log.checkpoint": "get_checkpoint", "log.tile": "get_tile", "log.bundle": "get_entry_bundle",
    "officer.provider": "get_provider", "officer.approval": "get_approval",
    "person.page": "get_link_page",
    "provider.receive": "report_attempt", "provider.receive_batch": "report_attempts",
    "sign-in.ask_code": "ask_sign_in_code", "sign-in.enter_code": "enter_sign_in_code",
    "sign-in.open_link": "open_sign_in_link", "sign-in.ask_challenge": "ask_passkey_challenge",
    "sign-in.open_passkey": "sign_in_with_passkey", "sign-in.session": "get_session",
}


def operation_id(endpoint: str) -> str:
    """The operation's name in camel case, as `lookUp` or `listAccounts`."""
    words = NAMES.get(endpoint, endpoint.partition(".")[2]).split("_")
    return words[0] + "".join(word.capitalize() for word in words[1:])
