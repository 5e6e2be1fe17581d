"""Derogations from the floor: drawn up by one officer, signed by two, listed with what became of them."""

from __future__ import annotations

import base64

from registry.model.entries import Actor, Draft
from registry.model.ids import new_id
from registry.usecases import acts, writing
from registry.usecases.ports import Body, Idem, Ports, Record

MOST_REASONS = 50
PATH, KIND = "/v1/derogations", "derogation-granted/1"
MEMBERS = ("derogation", "parameter", "value", "lender", "pack", "effective_from", "until", "floor_sha256")


def draft(ports: Ports, by: Actor, body: Body) -> Record:
    """`{parameter, value, lender|pack, effective_from, until, reason}` → what two officers sign. The value is
    JSON as a pack would write it; the reason stays sealed, the entry pins it; the floor is the one in force now.
    Raises what the vault would, once it is signed."""

    def propose() -> acts.Proposal:
        derogation = new_id(ports.random)
        scope = {name: body[name] for name in ("lender", "pack") if name in body}
        proposed = {
            "derogation": derogation, "parameter": body["parameter"],
            "value": body["value"], **scope,
            "floor_sha256": ports.vault.call("derogations", {"language": "en"})["floor_sha256"],
            "effective_from": writing.moment(body["effective_from"]), "until": writing.moment(body["until"]),
            "reason": acts.seal_note(ports, body["reason"]),
        }
        # Before anybody signs: what nobody may grant is refused now, not after two signatures.
        ports.vault.call("check-derogation", {"entry": Draft(derogation, KIND, by, proposed).value()})
        return acts.Proposal(KIND, proposed, entry_id=derogation)

    return acts.draft(ports, by, PATH, body, propose)


def grant(ports: Ports, by: Actor, body: Body, idem: Idem | None = None) -> Record:
    """The same with both officers' `auth` → the derogation's members, `log_index`, `proof`."""
    result = acts.sign_off(ports, by, PATH, body, idem)
    made = writing.recorded(result, KIND)
    return {**{name: made[name] for name in MEMBERS if name in made}, **writing.proof_of(result)}


def listed(ports: Ports, by: Actor, language: str) -> Record:
    """`{derogations, floor_sha256, at}`: every derogation ever granted, in plain words, with who signed it and why;
    `language` is zh or en. Of more than the last 50 no reasons are opened."""
    found = ports.vault.call("derogations", {"language": language})
    wanted = {one["derogation"]: one["commitment"] for one in found["derogations"][-MOST_REASONS:]
              if "commitment" in one}
    blobs = ports.store.notes(list(wanted.values()))
    sealed = [{"derogation": ident, "blob": base64.b64encode(blobs[commitment]).decode("ascii")}
              for ident, commitment in wanted.items() if commitment in blobs]
    if sealed:
        found = ports.vault.call("derogations", {"language": language, "by": by.value(), "sealed": sealed})
    shown = [{name: value for name, value in one.items() if name != "commitment"} for one in found["derogations"]]
    return {**found, "derogations": shown}
