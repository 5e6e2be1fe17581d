"""Who the borrower is, by which channels he is reached, whom he lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from registry.model.entries import Entry
from registry.policy.facts.model import Slot
from registry.policy.facts.notes import ChannelNote, ContactNote, Handler, Notes


def _registered(notes: Notes, entry: Entry) -> None:
    notes.registered = entry.body


def _channel_added(notes: Notes, entry: Entry) -> None:
    """What a contact tells of is noted nowhere: nobody else's word makes, ends or re-labels a borrower's channel."""
    body = entry.body
    if entry.by.role == "contact":
        return
    mine = entry.by.role == "borrower"
    notes.channels[body["channel"]] = ChannelNote(
        body["channel"], body["line"], body["medium"], body["use"], tuple(body.get("zones", ())),
        entry.index, entry.at, mine, body.get("mobile", False),
    )


def _channel_removed(notes: Notes, entry: Entry) -> None:
    channel = notes.channels.get(entry.body["channel"])
    if channel is not None and channel.removed_at is None:
        channel.removed_at, channel.removed_by_borrower = entry.at, entry.by.role == "borrower"


def _channel_disputed(notes: Notes, entry: Entry) -> None:
    channel = notes.channels.get(entry.body["channel"])
    if channel is None:
        return
    if entry.by.role == "borrower":
        channel.removed_at, channel.removed_by_borrower = entry.at, True
    elif _may_dispute(entry):
        channel.dispute = entry.index
    else:
        channel.doubted = True


def _may_dispute(entry: Entry) -> bool:
    """Whether a channel that is said to be a stranger's stops being the borrower's (POLICY section 3, wrong-person):
    by the lender's own record, or by an officer who signed; never by the placed agency's people."""
    signed = entry.by.role == "officer" and any("officer" in one for one in entry.auth)
    return entry.by.role == "lender" or signed


def _contact_registered(notes: Notes, entry: Entry) -> None:
    notes.contacts.setdefault(entry.body["contact"], ContactNote(entry))


def _contact_informed(notes: Notes, entry: Entry) -> None:
    contact = notes.contacts.get(entry.body["contact"])
    if contact is not None and contact.entry.body["line"] == entry.body["line"]:
        contact.informed = True


def _erasure(notes: Notes, entry: Entry) -> None:
    closed = entry.kind != "erasure-cancelled/1"
    subject = entry.body["subject"]
    if subject == notes.borrower:
        notes.erased = closed
    elif subject in notes.contacts:
        notes.contacts[subject].erased = closed


def slots_of(
    notes: Notes, foreign: Mapping[str, Sequence[Entry]], offsets: Mapping[str, int],
) -> tuple[Slot, ...]:
    """Channels grouped by line and medium, each channel's note told its slot. `foreign`: entries of others by line.
    `offsets`: as in the question.

    Re-labelling or re-adding a line changes nothing at once: coverage and failures belong to the slot.
    """
    groups: dict[tuple[str, str], list[ChannelNote]] = {}
    for channel in notes.channels.values():
        group = groups.setdefault((channel.line, channel.medium), [])
        channel.slot = len(groups) - 1 if not group else group[0].slot
        group.append(channel)
    contact_lines = {one.entry.body["line"] for one in notes.contacts.values()}
    return tuple([_slot(group, contact_lines, foreign, offsets) for group in groups.values()])


def _slot(
    group: list[ChannelNote], contact_lines: set[str], foreign: Mapping[str, Sequence[Entry]],
    offsets: Mapping[str, int],
) -> Slot:
    for channel in group:
        # A line that is re-added after a dispute was never a stranger's: the dispute is contradicted.
        if channel.dispute is not None and any(one.added_index > channel.dispute for one in group):
            channel.dispute = None
    standing = [one for one in group if one.removed_at is None and one.dispute is None]
    removed = [] if standing else [
        one.removed_at for one in group
        if one.removed_at is not None and one.dispute is None and not one.removed_by_borrower
    ]
    last, line = group[-1], group[0].line
    others = {entry.kind for entry in foreign[line] if entry.by.role != "contact"} if line in foreign else ()
    of_contact = line in contact_lines or "contact-registered/1" in others
    return Slot(
        (standing[-1] if standing else last).id, line, last.medium,
        tuple([(one.added_at, one.use, one.by_borrower) for one in group]), bool(standing),
        max(removed, default=None), not of_contact and "channel-added/1" not in others,
        True in [one.mobile for one in group], of_contact,
        tuple(sorted({offsets[zone] for one in group for zone in one.zones})),
        True in [one.doubted for one in standing or group],
    )


HANDLERS: dict[str, Handler] = {
    "borrower-registered/1": _registered, "channel-added/1": _channel_added, "channel-removed/1": _channel_removed,
    "channel-disputed/1": _channel_disputed, "contact-registered/1": _contact_registered,
    "contact-informed/1": _contact_informed, "erasure-requested/1": _erasure, "erasure-cancelled/1": _erasure,
    "erased/1": _erasure,
}
