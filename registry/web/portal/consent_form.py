"""The form of a consent: a few choices, none of them made beforehand, and what they are as a body of the API."""

from __future__ import annotations

from typing import Any

from registry.errors import ConflictError, ConsentryError, MalformedError
from registry.usecases.me import allowed
from registry.usecases.ports import Record
from registry.web.context import ports
from registry.web.portal import forms, language
from registry.web.portal.borrower_base import in_months, institutions

# In the order in which they are offered, the gentlest first.
PURPOSES = (
    "restore-contact", "relay-message", "obtain-contact-details", "confirm-whereabouts", "location-information",
)
MODES = ("message", "number")
GRANTEES = ("entrusted", "lender")
USES = ("1", "2", "3")
MONTHS = ("1", "3", "6", "12")
# The gentlest of each is where a list starts; of what may be ticked, nothing is.
START: dict[str, Any] = {"grantee": "", "modes": [], "purposes": [], "uses": "1", "months": "3", "borrower": "",
                         "channel": "", "contact": ""}
CHOICES = {"grantee": GRANTEES, "uses": USES, "months": MONTHS}
REFUSED = (ConflictError, MalformedError)


def read(*names: str, optional: tuple[str, ...] = ()) -> dict[str, Any]:
    """What was chosen. Raises BadRequestError for a form of other members."""
    ticked, rest = forms.boxes(("modes", "purposes"), "uses", "months", *names, optional=("grantee", *optional))
    return {**START, **rest, **ticked}


def lacking(typed: dict[str, Any]) -> dict[str, str]:
    """What still has to be chosen, by member."""
    errors = {name: "me.error.choose" for name, known in CHOICES.items() if typed[name] not in known}
    for name, known in (("modes", MODES), ("purposes", PURPOSES)):
        if not typed[name] or not set(typed[name]) <= set(known):
            errors[name] = "me.error.tick"
    return errors


def scope(typed: dict[str, Any]) -> dict[str, Any]:
    """The scope that was chosen."""
    return {"purposes": typed["purposes"], "modes": typed["modes"], "data": ["phone"],
            "grantee": {"role": typed["grantee"]}, "max_uses": int(typed["uses"])}


def end(typed: dict[str, Any]) -> str:
    """When it will end."""
    return in_months(int(typed["months"]))


def options(own: list[Record]) -> dict[str, list[tuple[str, str]]]:
    """Pairs (value, words) for each choice: what the rules allow where the borrowers live, and no more."""
    t, names = language.t, institutions(own)
    known = allowed.anywhere(ports(), [one["residence"] for one in own])
    institution = " / ".join(dict.fromkeys(names.values()))
    return {
        "borrower": list(names.items()),
        "grantee": [(one, t(f"me.grantee.{one}", institution=institution)) for one in GRANTEES],
        "modes": [(one, t(f"me.mode.{one}")) for one in MODES if one in known["modes"]],
        "purposes": [(one, t(f"me.purpose.{one}")) for one in PURPOSES if one in known["purposes"]],
        "uses": [(one, t("me.new.uses.option", count=int(one))) for one in USES],
        "months": [(one, t("me.new.months.option", count=int(one))) for one in MONTHS],
    }


def refusal(error: ConsentryError) -> dict[str, str]:
    """What the vault refused, at the member it is about. Raises the error where it is none that a person can cure."""
    known = {"channel-not-personal": {"channel": "me.new.error.channel"},
             "consents-full": {"months": "me.new.error.full"}}
    if error.code not in known:
        raise error
    return known[error.code]
