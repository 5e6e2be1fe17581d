"""The rules: when may a third party's number leave? Pure: packs, outcomes, facts, decide (POLICY).

`decide(facts_from(gather(source, account), ask, at), packs_for(directory, facts, at), at)` is the one decision,
made by the vault and re-made by the auditor.
"""

from registry.policy.directory import Directory
from registry.policy.history import History, Source, gather, restricted_since, zones_of
from registry.policy.outcomes import OutcomeTable
from registry.policy.pack import Pack, PackName, read_pack
from registry.policy.reasons import CLASS_OF, Reason
from registry.policy.values import Ask, Decision

__all__ = [
    "CLASS_OF", "Ask", "Decision", "Directory", "History", "OutcomeTable", "Pack", "PackName", "Reason", "Source",
    "gather", "read_pack", "restricted_since", "zones_of",
]
