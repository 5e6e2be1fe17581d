"""Agencies as an officer sees them: who they are, for whom approved until when, and how they were rated."""

from __future__ import annotations

from registry.errors import MalformedError, NotFoundError
from registry.model.entries import Actor
from registry.model.times import DAY, date_of, parse_stamp
from registry.usecases import acts, governance, paging, writing
from registry.usecases.paging import Page
from registry.usecases.ports import Body, Idem, Ports, Record

MEMBERS = ("lender", "from", "until", "score", "result", "licence", "licence_until")
MOST_SHOWN = 200
MOST_READ = 1_000  # the newest approvals and ratings, of which the last for each counts


def path(agency: str) -> str:
    """The path of rating an agency."""
    return f"{governance.AGENCIES}/{agency}/evaluations"


def listed(ports: Ports, agency: str, page: Page) -> Record:
    """One page of an agency's ratings. Raises NotFoundError."""
    _agency(ports, agency)
    return paging.listed(ports, "evaluations", page, {"agency": agency}, _view)


def proposal(ports: Ports, agency: str, body: Body) -> acts.Proposal:
    """`{lender, from, until, score, result, licence, licence_until}`. Raises NotFoundError, MalformedError."""
    _agency(ports, agency)
    if body["until"] < body["from"]:
        raise MalformedError("the period ends before it begins", pointer="/until")
    return acts.Proposal("agency-evaluated/1", {"agency": agency, **{name: body[name] for name in MEMBERS}})


def draft(ports: Ports, by: Actor, agency: str, body: Body, once: str | None = None) -> Record:
    """What to sign for rating an agency; `note?` is sealed."""
    return acts.draft(ports, by, path(agency), body, lambda: proposal(ports, agency, body), once=once)


def evaluate(ports: Ports, by: Actor, agency: str, body: Body, idem: Idem | None = None) -> Record:
    """The same with `auth` → `{agency, …, log_index, proof}`."""
    result = acts.sign_off(ports, by, path(agency), body, idem)
    made = writing.recorded(result, "agency-evaluated/1")
    return {"agency": agency, **{name: made[name] for name in MEMBERS}, **writing.proof_of(result)}


def register(ports: Ports) -> list[Record]:
    """Every agency → `{agency, name, state, approvals: [{lender, role, until, lapsed}], evaluation?,
    licence_lapsed?}`.

    `approvals`: the last for each lender; `evaluation`: the last rating. What has lapsed is told by the log clock.
    """
    writing.catch_up(ports)
    now = parse_stamp(ports.vault.call("log-now", {})["now"])
    approvals = ports.store.records("agency_approvals", {}, limit=MOST_READ, newest=True)
    ratings = ports.store.records("evaluations", {}, limit=MOST_READ, newest=True)
    return [_shown(one, approvals, ratings, now)
            for one in ports.store.records("parties", {"role": "agency"}, limit=MOST_SHOWN)]


def of_agency(ports: Ports, agency: str) -> Record:
    """One agency of `register`. Raises NotFoundError."""
    found = next((one for one in register(ports) if one["agency"] == agency), None)
    if found is None:
        raise _unknown()
    return found


def _shown(party: Record, approvals: list[Record], ratings: list[Record], now: int) -> Record:
    """One agency; approvals and ratings of all come newest first."""
    last: dict[str, Record] = {}
    for one in approvals:
        if one["agency"] == party["id"]:
            last.setdefault(one["lender"], one)
    view = {
        "agency": party["id"], "name": party["name"], "state": party["state"],
        "approvals": [
            {"lender": one["lender"], "role": one["role"], "until": one["until"],
             "lapsed": parse_stamp(one["until"]) <= now}
            for one in last.values()
        ],
    }
    rated = next((one for one in ratings if one["agency"] == party["id"]), None)
    if rated is not None:
        evaluation = _view(rated)
        view |= {"evaluation": evaluation,
                 "licence_lapsed": evaluation["licence_until"] < date_of(now // DAY)}
    return view


def _view(one: Record) -> Record:
    return paging.shown(one, "agency", "lender", "until", "score", "result", "licence", "licence_until",
                        **{"from": "from_"})


def _agency(ports: Ports, agency: str) -> None:
    found = ports.store.record("parties", agency)
    if found is None or found["role"] != "agency":
        raise _unknown()


def _unknown() -> NotFoundError:
    return NotFoundError("there is no such agency")
