"""The rules: when may a third party's number leave? Pure: packs, outcomes, facts, decide (POLICY).

`decide(facts_from(gather(source, account), ask, at), packs_for(directory, facts, at), at)` is the one decision,
made by the vault and re-made by the auditor.
"""

from registry.policy.applicable import Packs, packs_for
from registry.policy.decide import RULES, RULES_VERSION, decide
from registry.policy.dialling import DIAL_RULES, DialAnswer, may_dial
from registry.policy.directory import Directory
from registry.policy.facts import Facts, Readings, facts_from, person_facts
from registry.policy.facts.persons import reports_of
from registry.policy.history import History, Source, gather, gather_person, restricted_since, zones_of
from registry.policy.lasting import lapsed, why_closed
from registry.policy.outcomes import OutcomeTable
from registry.policy.own_view import own_view
from registry.policy.pack import Pack, PackName, read_pack
from registry.policy.reasons import CLASS_OF, Reason
from registry.policy.rules.telling import in_first_language
from registry.policy.values import Ask, Decision, asked_in
from registry.policy.views import account_view, collector_view
from registry.policy.written import addresses_to_write, text_medium

__all__ = [
    "CLASS_OF", "DIAL_RULES", "RULES", "RULES_VERSION", "Ask", "Decision", "DialAnswer", "Directory", "Facts",
    "History", "OutcomeTable", "Pack", "PackName", "Packs", "Readings", "Reason", "Source", "account_view",
    "addresses_to_write", "asked_in", "collector_view", "decide", "facts_from", "gather", "gather_person",
    "in_first_language", "lapsed", "may_dial", "own_view", "packs_for", "person_facts", "read_pack", "reports_of",
    "restricted_since", "text_medium", "why_closed", "zones_of",
]
