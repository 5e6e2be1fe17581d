"""Deposits: a person's name and addresses come in, are sealed, and leave as blobs for the web tier to keep.

What is known of a line never shows: a deposit answers the same whether the line objected, is capped or is new.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from registry.errors import ConflictError, MalformedError
from registry.model.catalogue.terms import LANGUAGES, MEDIUM, USE
from registry.model.entries import Actor, Entry
from registry.model.line_zones import zones_of_line
from registry.model.numbers import parse_email, parse_number
from registry.model.shapes import ID_SHAPE, REGION, ZONE, Optional, Shape, integer, listing, struct, words
from registry.model.zones import needs_zone, zone_fits, zones_of_region
from registry.vault.arguments import (
    BORROWER_NAME,
    BY,
    CONTACT_NAME,
    JWE,
    MAX_ADDRESS,
    PLAIN_ADDRESS,
    Args,
    actor_of,
    base64_of,
)
from registry.vault.desk import Answer, Desk
from registry.vault.naming import borrower_name, contact_name
from registry.vault.ops.table import IDEMPOTENT, Op

CHANNEL: dict[str, Shape | Optional] = {
    "medium": MEDIUM, "value": Optional(PLAIN_ADDRESS), "jwe": Optional(JWE), "use": USE,
}
Blob = dict[str, str]


@dataclass(frozen=True, slots=True)
class Address:
    """A normalised address. `zones`: those in which its line may ring; `mobile`: a number that may be a mobile's."""

    text: str
    region: str | None = None
    zones: tuple[str, ...] = ()
    mobile: bool = False


def register_borrower(desk: Desk, args: Args, at: int) -> Answer:
    """A borrower with name and channels. Raises ConflictError `ref-exists` for a known id."""
    by, borrower = actor_of(args["by"]), args["id"]
    if desk.log.find(borrower) is not None:
        raise ConflictError("this borrower is registered already", code="ref-exists")
    zone = _zone(args["residence"], args.get("time_zone"))
    addresses = [address_of(desk, one, args["residence"], f"/channels/{place}/")
                 for place, one in enumerate(args["channels"])]
    full_name = borrower_name(desk, args["name"])
    _new_subject(desk, borrower)
    name, name_sha256 = _seal(desk, borrower, "name", json.dumps(full_name, ensure_ascii=False, sort_keys=True))
    registered = desk.make("borrower-registered/1", {
        "borrower": borrower, "lender": by.id, "residence": args["residence"], "time_zone": zone,
        "languages": args["languages"], "name_sha256": name_sha256,
    }, at, by, borrower)
    entries, blobs, channels = [registered], [name], []
    for asked, address in zip(args["channels"], addresses, strict=True):
        entry, blob = store_channel(desk, borrower, by, asked, address, at=at)
        entries.append(entry)
        blobs.append(blob)
        channels.append({"channel": entry.id, "medium": asked["medium"], "use": asked["use"]})
    return desk.answer(entries, borrower=borrower, channels=channels, blobs=blobs)


def add_channel(desk: Desk, args: Args, at: int) -> Answer:
    """One more channel of a borrower."""
    by = actor_of(args["by"])
    desk.relations.check_lender(by, args["borrower"])
    history = desk.relations.history(args["borrower"])
    # What contacts told takes no room: its lender would learn from being refused that somebody answered.
    own = [entry for entry in history if entry.kind == "channel-added/1" and entry.by.role != "contact"]
    if len(own) >= desk.settings.channels:
        raise ConflictError("this borrower has as many channels as are kept", code="channels-full")
    address = address_of(desk, args, desk.relations.lives(args["borrower"])["residence"], "/")
    entry, blob = store_channel(desk, args["borrower"], by, args, address, at=at)
    return desk.answer([entry], channel=entry.id, blobs=[blob])


def register_contact(desk: Desk, args: Args, at: int) -> Answer:
    """Somebody who may be asked about the borrower, once they agree. Always answers the same."""
    by, contact, borrower = actor_of(args["by"]), args["id"], args["borrower"]
    desk.relations.check_lender(by, borrower)
    if desk.log.find(contact) is not None:
        raise ConflictError("this contact is registered already", code="ref-exists")
    history = desk.relations.history(borrower)
    if sum(entry.kind == "contact-registered/1" for entry in history) >= desk.settings.contacts:
        raise ConflictError("this borrower has as many contacts as are kept", code="contacts-full")
    number = {"medium": "voice", **{name: args[old] for name, old in (("value", "number"), ("jwe", "jwe"))
                                    if old in args}}
    residence: str = args.get("residence") or desk.relations.lives(borrower)["residence"]
    _check_region(residence)
    address = address_of(desk, number, residence, "/", plain="number")
    whole_name = contact_name(desk, args["name"])
    _new_subject(desk, contact)
    name, name_sha256 = _seal(desk, contact, "name", whole_name)
    blob, digest = _seal(desk, contact, "number", address.text)
    body = {
        "contact": contact, "borrower": borrower, "lender": by.id, "rank": args["rank"],
        "relation": args["relation"], "languages": args["languages"], "name_sha256": name_sha256,
        **_derived(desk, address, "voice", digest),
    }
    if "residence" in args:
        body["residence"] = args["residence"]
    entry = desk.make("contact-registered/1", body, at, by, contact)
    return desk.answer([entry], contact=contact, blobs=[name, blob])


def store_channel(
    desk: Desk, borrower: str, by: Actor, asked: Mapping[str, Any], address: Address, *, at: int
) -> tuple[Entry, Blob]:
    """The entry of a new channel with `asked`'s medium and use, and the blob for the web tier."""
    channel = desk.new_id()
    blob, digest = _seal(desk, borrower, channel, address.text)
    mobile = {"mobile": address.mobile} if asked["medium"] == "voice" else {}
    entry = desk.make("channel-added/1", {
        "channel": channel, "borrower": borrower, "medium": asked["medium"], "use": asked["use"],
        **_derived(desk, address, asked["medium"], digest), **mobile,
    }, at, by, channel)
    return entry, blob


def _derived(desk: Desk, address: Address, medium: str, digest: str) -> dict[str, Any]:
    """What an entry says of an address: its line, region and zones, the blob's digest."""
    body: dict[str, Any] = {"line": desk.keys.line_of(address.text, medium), "blob_sha256": digest}
    if address.region is not None:
        body["region"] = address.region
    if address.zones:
        body["zones"] = list(address.zones)
    return body


def address_of(desk: Desk, asked: Mapping[str, Any], residence: str, place: str, plain: str = "value") -> Address:
    """The normalised address in a `value`, or in a `jwe` to the vault. Raises MalformedError that says where.

    `place` is where in the request it stands; `plain` is the caller's own name for `value`.
    """
    if ("value" in asked) == ("jwe" in asked):
        raise MalformedError("give the address as plain text or as a JWE to the vault, one of them",
                             pointer=place + plain)
    try:
        return _normalised(desk, asked, residence)
    except MalformedError as error:
        pointer = place + (plain if "value" in asked else "jwe")
        raise MalformedError(error.detail, code=error.code, pointer=pointer) from error


def _normalised(desk: Desk, asked: Mapping[str, Any], residence: str) -> Address:
    text: str = asked["value"] if "value" in asked else desk.keys.open_deposit(asked["jwe"])
    if asked["medium"] in ("voice", "sms"):
        number = parse_number(text, residence)
        return Address(number.e164, number.region, zones_of_line(number.e164, number.region), number.mobile)
    if asked["medium"] == "email":
        return Address(parse_email(text))
    if not 0 < len(text.strip()) <= len(text) <= MAX_ADDRESS:
        raise MalformedError(f"an address has 1 to {MAX_ADDRESS} characters", code="address-invalid")
    return Address(text.strip())


def _seal(desk: Desk, subject: str, name: str, text: str) -> tuple[Blob, str]:
    """The blob for the web tier and its digest for the entry."""
    blob = desk.keys.seal(subject, name, text)
    return {"subject": subject, "name": name, "blob": base64_of(blob)}, desk.keys.digest(blob)


def _new_subject(desk: Desk, subject: str) -> None:
    try:
        desk.keys.new_subject(subject)
    except ConflictError:
        # Keys are durable before the entry that names them: an attempt that died in between left this one behind.
        if desk.log.find(subject) is not None:
            raise


def _zone(residence: str, named: str | None) -> str:
    """The borrower's time zone. Raises MalformedError where it must be named, or does not fit."""
    _check_region(residence)
    if named is not None:
        if not zone_fits(residence, named):
            raise MalformedError("/time_zone is not kept at /residence: give one that is, as in America/Denver",
                                 pointer="/time_zone", code="time-zone-unknown")
        return named
    if needs_zone(residence):
        raise MalformedError("/residence keeps several times: give /time_zone, as in America/Denver",
                             pointer="/time_zone", code="time-zone-missing")
    return zones_of_region(residence)[0]


def _check_region(residence: str) -> None:
    if not zones_of_region(residence):
        raise MalformedError("/residence is no region we know: give one of ISO 3166, as in CN or US-MA",
                             pointer="/residence")


DEPOSITS = {
    "register-borrower": Op({
        "by": BY, "id": ID_SHAPE, "name": BORROWER_NAME, "residence": REGION, "time_zone": Optional(ZONE),
        "languages": LANGUAGES, "channels": listing(struct(CHANNEL), 10), **IDEMPOTENT,
    }, write=register_borrower),
    "add-channel": Op({"by": BY, "borrower": ID_SHAPE, **CHANNEL, **IDEMPOTENT}, write=add_channel),
    "register-contact": Op({
        "by": BY, "id": ID_SHAPE, "borrower": ID_SHAPE, "name": CONTACT_NAME,
        "relation": words("parent", "spouse", "sibling", "friend", "colleague", "other"),
        "number": Optional(PLAIN_ADDRESS), "jwe": Optional(JWE), "languages": LANGUAGES,
        "residence": Optional(REGION), "rank": integer(1, 5), **IDEMPOTENT,
    }, write=register_contact),
}
