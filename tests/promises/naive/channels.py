"""The borrower's channels, as lines by medium: adding one again, or calling it something else, makes it no other."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from tests.promises.naive.law import LOOKBACK, TEXTS
from tests.promises.naive.look import Look, Told


@dataclass(slots=True)
class Channel:
    """One line of the borrower's by one medium, under all the ids it ever had."""

    line: str
    medium: str
    added: list[Told] = field(default_factory=list)
    removed: list[Told] = field(default_factory=list)  # by whomever; a dispute by the borrower is one
    disputed: list[Told] = field(default_factory=list)  # by the lender, or an officer who signed
    doubted: list[Told] = field(default_factory=list)  # by anybody else

    def ids(self) -> set[str]:
        return {one.id for one in self.added}

    def stranger(self) -> bool:
        """Found to be a stranger's, and not listed again since."""
        return bool(self._standing_disputes())

    def strangers_id(self, ident: str | None) -> bool:
        return ident in {one.body["channel"] for one in self._standing_disputes()}

    def stranger_since(self, ident: str | None) -> int:
        """The place of the last dispute of this id that stands; -1 for none."""
        return max((one.place for one in self._standing_disputes() if one.body["channel"] == ident), default=-1)

    def in_doubt(self) -> bool:
        """Whether somebody says of what is here, or was if nothing is any more, that it is a stranger's."""
        gone = {one.body["channel"] for one in (*self.removed, *self._standing_disputes())}
        return not {one.body["channel"] for one in self.doubted}.isdisjoint(self.ids() - gone or self.ids())

    def registered(self) -> bool:
        gone = {one.body["channel"] for one in (*self.removed, *self._standing_disputes())}
        return bool(self.ids() - gone)

    def live(self, at: datetime) -> bool:
        return self.registered() or any(at - end < LOOKBACK for end in self.taken())

    def texts(self, at: datetime) -> bool:
        """Whether it says if its line is written to: it is here, or the borrower wanted no texts there."""
        return self.live(at) or not self.taken()

    def taken(self) -> list[datetime]:
        """When its ids were taken away, by others than the borrower."""
        strangers = {one.body["channel"] for one in self._standing_disputes()}
        first: dict[str, Told] = {}
        for one in self.removed:
            known = first.setdefault(one.body["channel"], one)
            if one.kind == "channel-disputed/1":  # the borrower's word replaces the lender's
                first[one.body["channel"]] = one if one.place > known.place else known
        return [one.at for ident, one in first.items() if ident not in strangers and one.by["role"] != "borrower"]

    def use(self, at: datetime) -> str:
        """The use in force: a change waits for the look-back, unless the borrower made it."""
        use: str = self.added[0].body["use"]
        for one in self.added[1:]:
            if one.by["role"] == "borrower" or at - one.at >= LOOKBACK:
                use = one.body["use"]
        return use

    def personal(self, at: datetime) -> bool:
        return self.medium != "post" and self.live(at) and self.use(at) == "personal"

    def mobile(self) -> bool:
        return any(one.body.get("mobile") for one in self.added)

    def _standing_disputes(self) -> list[Told]:
        return [one for one in self.disputed if not any(each.place > one.place for each in self.added)]


def channels_of(look: Look) -> list[Channel]:
    return look.once(_channels)


def _channels(look: Look) -> list[Channel]:
    found: dict[tuple[str, str], Channel] = {}
    by_id: dict[str, Channel] = {}
    for one in look.mine("channel-added/1", "channel-removed/1", "channel-disputed/1"):
        if one.kind == "channel-added/1":
            if one.by["role"] == "contact":
                continue  # hearsay: it makes no channel and changes none
            key = one.body["line"], one.body["medium"]
            by_id[one.id] = found.setdefault(key, Channel(*key))
            by_id[one.id].added.append(one)
            continue
        channel = by_id.get(one.body["channel"])
        if channel is None:
            continue
        if one.kind == "channel-removed/1" or one.by["role"] == "borrower":
            channel.removed.append(one)
        elif one.by["role"] == "lender" or (one.by["role"] == "officer" and one.signed):
            channel.disputed.append(one)
        else:
            channel.doubted.append(one)
    return list(found.values())


def written(look: Look) -> list[tuple[str, str]]:
    """(line, medium) of the personal channels that carry text: a telephone does where its line has no SMS channel."""
    channels = channels_of(look)
    said = {one.line for one in channels if one.medium == "sms" and one.texts(look.at)}
    found = []
    for one in channels:
        if one.personal(look.at) and one.medium in TEXTS:
            found.append((one.line, one.medium))
        elif one.personal(look.at) and one.medium == "voice" and one.mobile() and one.line not in said:
            found.append((one.line, "sms"))
    return found


def alone(look: Look, line: str) -> bool:
    """Whether a line is this one borrower's alone, and nobody's contact's."""
    users = [one for one in look.anywhere("channel-added/1", "contact-registered/1", line=line)
             if one.by["role"] != "contact"]
    return all(one.kind == "channel-added/1" and one.body["borrower"] == look.borrower for one in users)
