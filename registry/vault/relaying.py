"""Relayed messages (`mode: message`): a permit opens no number, the courier sends the pack's own words.

Whether one may still go out is judged again when its address is opened, because hours lie between. One that may not
is refused by an entry that gives its use back, unless its address was opened before: then it may have left.
"""

from __future__ import annotations

from typing import Any

from registry.errors import ConflictError
from registry.model.catalogue.terms import RELAYED
from registry.model.entries import Entry
from registry.model.times import parse_stamp
from registry.policy import in_first_language, lapsed, pack_digest, why_closed
from registry.vault.answering import ANSWERED, shown
from registry.vault.desk import Answer, Desk
from registry.vault.judging import Judged
from registry.vault.scripts import approved
from registry.vault.sent_later import about, given_back, is_settled, may_have_left
from registry.vault.standing import judged_again, restricted


def is_due(desk: Desk, permit: Entry) -> bool:
    """Whether the courier is still to ask for this message's address.

    Also where the permit has ended meanwhile: asking is what gets it refused, and its use given back. But not once
    the address was opened: what then waits for a transport must not go out any more.
    """
    if is_settled(desk, permit, ("message-relayed/1", "opening-refused/1")):
        return False
    return not (may_have_left(desk, permit, RELAYED) and _ended(desk, permit, desk.clock.now()))


def must_wait(desk: Desk, permit: Entry) -> bool:
    """Whether it is no hour to send it."""
    return _outside_hours(judged_again(desk, permit, desk.clock.now()))


def refused(desk: Desk, permit: Entry, at: int) -> Answer | None:
    """The answer that refuses to open the address of a message that may not go out any more; None where it may.

    Raises ConflictError `outside-hours` where it has to wait, `message-withheld` where it may have left already.
    """
    reasons = _ended(desk, permit, at)
    if not reasons:
        if _outside_hours(judged_again(desk, permit, at)):
            raise ConflictError("it is no hour at which this contact may be written to: ask again",
                                code="outside-hours")
        return None
    return given_back(desk, permit, RELAYED, reasons=reasons, at=at, why="this message may not go out any more")


def said(desk: Desk, permit: Entry, at: int) -> dict[str, Any]:
    """The pack's text for this contact, placeholders and all, its language, and what the packs forbid it to say:
    {script, language, must_not_say}."""
    judged = judged_again(desk, permit, at)
    found, effective = _text(desk, judged, permit), judged.packs.of(permit.body["contact"]).effective
    assert found is not None, "a message without a text has ended"
    assert effective is not None, "a message without packs has ended"
    words = {language: list(own) for language, own in effective.must_not_say.items()}
    return {"language": found[0], "script": found[1], "must_not_say": words}


def state_of(desk: Desk, permit: Entry) -> dict[str, Any]:
    """How far a message came, for the collector: {id, state, answer?}."""
    entries = about(desk, permit)
    kinds = {entry.kind for entry in entries}
    answers = [entry.body["answer"] for entry in entries if entry.kind in ANSWERED]
    receipts = [entry.body["status"] for entry in entries if entry.kind == "message-receipt/1"]
    value = {"id": permit.id, "state": "queued"}
    if answers:
        # A reply in words says less than a button that was pressed.
        last = [one for one in answers if one != "replied"][-1:] or answers[-1:]
        return {**value, "state": "answered", "answer": shown(last[0])}
    if receipts:
        return {**value, "state": "delivered" if "delivered" in receipts else "failed"}
    if "message-relayed/1" in kinds:
        return {**value, "state": "sent"}
    if "opening-refused/1" in kinds or _ended(desk, permit, desk.clock.now()):
        return {**value, "state": "withheld"}
    return value


def _ended(desk: Desk, permit: Entry, at: int) -> list[str]:
    """Why this message may never go out; empty while it may, now or later."""
    if at >= parse_stamp(permit.body["expires_at"]):
        return ["permit-expired"]
    judged = judged_again(desk, permit, at)
    over = restricted(desk, permit) or lapsed(permit.body["contact"], judged.decision)
    if over or _text(desk, judged, permit) is None:
        return why_closed(judged.decision.codes)
    return []


def _outside_hours(judged: Judged) -> bool:
    return "outside-hours" in judged.decision.codes


def _text(desk: Desk, judged: Judged, permit: Entry) -> tuple[str, str] | None:
    """(language, text) by the packs in force, where a pack that the permit names approves it; else None."""
    body = permit.body
    contact = next((one for one in judged.facts.contacts if one.id == body["contact"]), None)
    effective = None if contact is None else judged.packs.of(contact.id).effective
    if contact is None or effective is None:
        return None
    found = in_first_language(effective.messages.get(body["purpose"], {}), contact.languages)
    return found if found is not None and pack_digest(found[1]) in approved(desk.directory, permit) else None
