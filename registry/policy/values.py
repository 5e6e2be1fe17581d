"""What is asked and what is answered: frozen values on both sides of `decide`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any, Self

from registry.model.value import value
from registry.policy.merging import Params
from registry.policy.pack import PackName
from registry.policy.reasons import Reason

if TYPE_CHECKING:  # effort reads facts, which hold the Ask
    from registry.policy.effort import Effort


ASKED = ("lookup", "account", "client", "agent", "about", "purpose", "mode")


def asked_in(body: Mapping[str, Any]) -> dict[str, Any]:
    """The question that a decision's entry answers, member by member."""
    return {name: body[name] for name in (*ASKED, "visitors", "caller") if name in body}


@value(frozen=True, slots=True)
class Ask:
    """One lookup as asked. `offsets`: minutes east of UTC, at the moment judged, of every zone in `zones_of`.

    `visitors`: staff codes of those who will make a visit, each once. `caller`: the line that a brokered call comes
    from was named.
    """

    lookup: str
    account: str
    client: str
    agent: str
    about: str
    purpose: str
    mode: str
    offsets: Mapping[str, int]
    visitors: tuple[str, ...] = ()
    caller: bool = False

    @classmethod
    def of(cls, asked: Mapping[str, Any], offsets: Mapping[str, int]) -> Self:
        """The question in an op's arguments or a decision's entry."""
        return cls(
            asked["lookup"], asked["account"], asked["client"], asked["agent"], asked["about"], asked["purpose"],
            asked["mode"], offsets, tuple(dict.fromkeys(asked.get("visitors", ()))), bool(asked.get("caller", False)),
        )


@value(frozen=True, slots=True)
class Decision:
    """A permit or a deny with *all* failed rules in the fixed order.

    `contact` and `line`: who was judged (also in a deny). `approval`: the approval a permit consumes, or, in a deny
    that lacks nothing but an approval, the request already open for it. `obligations` are ready for JSON.
    `channels`: the borrower's own, that a permit about the borrower opens; there is no contact or line then.
    `packs`: what was merged for that contact. `params`: the merged values, and `effort`: what all attempts came to by
    them, for the collector's own-effort view.
    """

    verdict: str
    reasons: tuple[Reason, ...]
    contact: str | None
    line: str | None
    approval: str | None
    obligations: Mapping[str, object] | None
    expires_at: int | None
    packs: tuple[PackName, ...]
    channels: tuple[str, ...] = ()
    params: Params | None = field(default=None, compare=False, repr=False)
    effort: Effort | None = field(default=None, compare=False, repr=False)

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes alone, as the entry records them."""
        return tuple(reason.code for reason in self.reasons)

    @property
    def lacks_only_approval(self) -> bool:
        """Whether the deny opens (or repeats) a request for approval."""
        return self.codes == ("approval-missing",)
