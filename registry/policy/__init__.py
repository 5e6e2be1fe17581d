"""The rules: when may a third party's number leave? Pure: packs, outcomes, facts, decide (POLICY).

`decide(facts_from(gather(source, account), ask, at), packs_for(directory, facts, at), at)` is the one decision,
made by the vault and re-made by the auditor.
"""

from registry.policy.applicable import Packs, packs_for
from registry.policy.decide import RULES, RULES_VERSION, decide
from registry.policy.derogations import MOST_AT_ONCE, Derogation, derogation_of
from registry.policy.derogations import NAME as DEROGATION
from registry.policy.derogations import flaw as derogation_flaw
from registry.policy.dialling import DIAL_RULES, DialAnswer, may_dial
from registry.policy.directory import FOLDED, Directory
from registry.policy.effort import Effort, last_reset
from registry.policy.facts import Facts, Readings, facts_from, person_facts
from registry.policy.facts.agreed import line_of
from registry.policy.facts.listed import Consent, Contact
from registry.policy.facts.persons import reports_of
from registry.policy.history import (
    History,
    Source,
    gather,
    gather_person,
    may_restrict,
    restricted_since,
    restricts,
    zones_of,
)
from registry.policy.lasting import lapsed, why_closed
from registry.policy.lawful import made_unlawful, unreleased
from registry.policy.merging import Effective, Params, Window, merge
from registry.policy.outcomes import OutcomeTable
from registry.policy.own_view import own_view
from registry.policy.pack import FLOOR, Pack, PackName, read_pack
from registry.policy.pack import digest as pack_digest
from registry.policy.parameters import minute_of
from registry.policy.parties import Party, Provider
from registry.policy.passkeys import Passkey, Passkeys
from registry.policy.reasons import CLASS_OF, Reason
from registry.policy.rules.approval import VALID_FOR as APPROVAL_VALID_FOR
from registry.policy.rules.caller import OUTCOME_WITHIN
from registry.policy.rules.telling import in_first_language
from registry.policy.tickets import CHECKED, REFUSED_FOR, Dialled, believed
from registry.policy.values import Ask, Decision, asked_in
from registry.policy.views import account_view, collector_view
from registry.policy.weighing import weigh
from registry.policy.written import addresses_to_write, text_medium

__all__ = [
    "APPROVAL_VALID_FOR", "CHECKED", "CLASS_OF", "DEROGATION", "DIAL_RULES", "FLOOR", "FOLDED", "MOST_AT_ONCE",
    "OUTCOME_WITHIN", "REFUSED_FOR", "RULES", "RULES_VERSION", "Ask", "Consent", "Contact", "Decision", "Derogation",
    "DialAnswer", "Dialled", "Directory", "Effective", "Effort", "Facts", "History", "OutcomeTable", "Pack",
    "PackName", "Packs", "Params", "Party", "Passkey", "Passkeys", "Provider", "Readings", "Reason", "Source",
    "Window", "account_view", "addresses_to_write", "asked_in", "believed", "collector_view", "decide",
    "derogation_flaw", "derogation_of", "facts_from", "gather", "gather_person", "in_first_language", "lapsed",
    "last_reset", "line_of", "made_unlawful", "may_dial", "may_restrict", "merge", "minute_of", "own_view",
    "pack_digest", "packs_for", "person_facts", "read_pack", "reports_of", "restricted_since", "restricts",
    "text_medium", "unreleased", "weigh", "why_closed", "zones_of",
]
