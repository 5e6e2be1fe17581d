"""A question that its asker can mend alone: what to change, as the problem of a malformed request would say it.

Words for the asker only: the verdict and its reasons are those of the rules, and nothing here is about a person.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from registry.policy.facts.model import Facts
from registry.policy.reasons import CLASS_OF, Reason
from registry.policy.rules import own
from registry.policy.values import Ask, Decision

VISITORS, MODE, PURPOSE = "visitors-too-few", "mode-not-allowed", "purpose-not-allowed"
OF_BORROWERS = ("borrower", "visit")


def too_few_alone(reasons: tuple[Reason, ...]) -> Reason | None:
    """The reason that too few visitors were named, where nothing else bars the visit for good: with more of them the
    asker would read the same as now, or what is still to be done."""
    bars = [one for one in reasons if CLASS_OF[one.code] == "not-eligible"]
    return bars[0] if [one.code for one in bars] == [VISITORS] else None


def _of_borrowers(ask: Ask, codes: Collection[str]) -> list[dict[str, Any]]:
    """The one purpose and the one mode in which a borrower's own channels or address are asked for."""
    wrong = ((PURPOSE, "/purpose", ask.purpose, own.PURPOSE), (MODE, "/mode", ask.mode, own.MODE))
    return [{"pointer": pointer, "code": code, "detail": f"about a borrower or a visit ask with {only}"}
            for code, pointer, given, only in wrong if code in codes and given != only]


def to_change(facts: Facts, decision: Decision) -> list[dict[str, Any]]:
    """`[{pointer, code, detail}]`, as in a problem: which member of the question to change, and how."""
    codes, ask, params = decision.codes, facts.ask, decision.params
    found = [] if ask.about not in OF_BORROWERS else _of_borrowers(ask, codes)
    if PURPOSE in codes and ask.about == "contact" and ask.purpose == own.PURPOSE:
        found.append({"pointer": "/purpose", "code": PURPOSE, "detail":
                      f"{own.PURPOSE} is asked about a borrower or a visit: name what the contact is asked for"})
    if MODE in codes and ask.mode == "call" and not ask.caller and params is not None and (
            ask.about == "contact" and "call" in params.release_modes):
        found.append({"pointer": "/caller", "code": MODE, "detail":
                      "name the line that the call comes from: caller, or caller_jwe sealed to the vault"})
    few = too_few_alone(decision.reasons)
    if few is not None:
        found.append({"pointer": "/visitors", "code": VISITORS, "detail":
                      f"name at least {few.need} people who will stand at the door, each once"})
    return found
