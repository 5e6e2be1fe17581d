"""One message made: its address opened by the vault, its text rendered, and the entries that will say it went out.

Address, name, code and text live in memory only.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from registry import texts
from registry.clients import Caller
from registry.courier.bridges.port import VOICE, Terms
from registry.courier.clock import Clock
from registry.courier.delivery_book import Delivery
from registry.courier.outbox import Message, Receipt
from registry.courier.pacing import NOBODY
from registry.courier.store import Store
from registry.model import canonical
from registry.model.catalogue.calls import BROKERED
from registry.model.catalogue.persons import AGREEMENT_ENDED, ASSIGNED, BORROWER_KEPT, CONTACT_KEPT
from registry.model.catalogue.renewals import RENEW_BORROWER, RENEW_CONTACT
from registry.model.catalogue.terms import CONSENT_CODE, RELAYED, SIGN_IN_CODE, TOLD_CONSENT, TOLD_PASSKEY
from registry.model.ids import new_id
from registry.model.times import parse_stamp, stamp


class Composer:
    """Makes messages; sends nothing."""

    def __init__(
        self, vault: Caller, store: Store, *, clock: Clock, random: Callable[[int], bytes], public_url: str,
    ) -> None:
        self._vault = vault
        self._store = store
        self._clock = clock
        self._random = random
        self._public_url = public_url.rstrip("/")

    def open(self, one: Delivery, blobs: Mapping[str, str]) -> tuple[str, Message]:
        """The id of the `address-opened` entry, and the message with all that must not be kept; one to nobody where
        nobody is there for whom the code would be.

        Raises what the vault's `open-for-delivery` raises, and MalformedError for a text that must not be sent.
        """
        found = self._ask(one, blobs)
        if "to" not in found:
            return found["opened"], self._to_nobody(one)
        params = dict(found["params"])
        if "token" in params:
            params["link"] = f"{self._public_url}/r/{params.pop('token')}"
        if "call" in found:
            return found["opened"], self._connection(one, found)
        language, text, digest = _said(one.template, found, params)
        return found["opened"], Message(
            id=one.id, at=self._clock.now(), medium=found["medium"], to=found["to"], template=one.template,
            language=language, text=text, code=params.get("code"), script_sha256=digest,
        )

    def entries(self, one: Delivery, opened: str, message: Message) -> list[dict[str, Any]]:
        """The entries that say what went out, in the order in which the log must have them."""
        ids = {name: value for name, value in one.about.items() if name != "medium"}
        said = {"opened": opened, "language": message.language}
        if one.template == "contact-listed":
            return [self._entry("contact-informed/1", ids | said)]
        if one.template in ("contact-invitation", RENEW_CONTACT):
            return [self._entry("code-sent/1", ids | said)]
        if one.template in (SIGN_IN_CODE, CONSENT_CODE, RENEW_BORROWER):
            named = {name: ids[name] for name in ("borrower", "contact", "channel") if name in ids}
            about = ids["request" if one.template == SIGN_IN_CODE else "consent"]
            return [self._entry("code-sent/2", named | said | {"about": about})]
        if one.template in (TOLD_CONSENT, TOLD_PASSKEY):
            return [self._entry("borrower-told/1", ids | said | {"channel": one.channel})]
        if one.template in (ASSIGNED, AGREEMENT_ENDED, BORROWER_KEPT, CONTACT_KEPT):
            where = {"channel": one.channel} if one.channel else {"contact": one.subject}
            return [self._entry("person-told/1", ids | said | where)]
        if one.template == BROKERED:
            assert message.call is not None
            terms = {"expires_at": stamp(message.call.expires_at), "max_calls": message.call.max_calls}
            return [self._entry("call-bound/1", ids | {"opened": opened} | terms)]
        if one.template == RELAYED:
            return [self._entry("message-relayed/1", ids | said | {"script_sha256": message.script_sha256})]
        if one.template in ("use-borrower", "use-contact"):
            told = {name: ids[name] for name in ("lookup", "borrower")}
            return [self._entry("use-told/1", told | said | {"to": one.template.removeprefix("use-")})]
        return [self._entry("notice-sent/1", ids | said | {"channel": one.channel, "medium": one.about["medium"]})]

    def receipts(self, one: Delivery, status: Receipt) -> list[dict[str, Any]]:
        """The entry that says what became of a message, where there is such an entry."""
        if one.template == BROKERED:
            named = {name: one.about[name] for name in ("lookup", "borrower", "contact", "line")}
            return [self._entry("call-unbound/1", named | {"why": "failed"})] if status == "failed" else []
        if one.template == RELAYED:
            relayed = {name: one.about[name] for name in ("lookup", "borrower")}
            return [self._entry("message-receipt/1", relayed | {"status": status})]
        if one.template != "borrower-notice":
            return []
        got = {"notice": one.about["notice"], "borrower": one.about["borrower"], "channel": one.channel}
        return [self._entry("notice-receipt/1", got | {"status": status})]

    def _ask(self, one: Delivery, blobs: Mapping[str, str]) -> dict[str, Any]:
        asked: dict[str, Any] = {"index": one.index, "template": one.template}
        if one.channel:
            asked["channel"] = one.channel
        to_sign = canonical.encode({"op": "open-for-delivery", **asked})
        return self._vault.call(
            "open-for-delivery", {**asked, "blobs": dict(blobs), "auth": self._store.keys.vouch(to_sign)})

    def _connection(self, one: Delivery, found: Mapping[str, Any]) -> Message:
        """A brokered call: the contact's line, and the terms of the bridge."""
        call = found["call"]
        return Message(
            id=one.id, at=self._clock.now(), medium=VOICE, to=found["to"], template=one.template,
            language=found["language"], text="",
            call=Terms(call["caller"], parse_stamp(call["expires_at"]), call["max_calls"]),
        )

    def _to_nobody(self, one: Delivery) -> Message:
        return Message(
            id=one.id, at=self._clock.now(), medium=one.about["as"], to=NOBODY, template=one.template,
            language=texts.LANGUAGES[0], text="",
        )

    def _entry(self, kind: str, body: Mapping[str, Any]) -> dict[str, Any]:
        return self._store.keys.entry(new_id(self._random), kind, body)


def _said(template: str, found: Mapping[str, Any], params: Mapping[str, str]) -> tuple[str, str, str | None]:
    """(language, text, digest of the pack's text) of what the vault opened: a pack's own words, or one of ours."""
    if "script" in found:
        digest = hashlib.sha256(found["script"].encode()).hexdigest()
        return found["language"], texts.fill(
            found["script"], params, found["language"], found.get("must_not_say", texts.NOTHING)), digest
    language = texts.language_for(found["language"])
    return language, texts.render(found.get("wording", template), language, params), None
