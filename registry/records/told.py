"""What is told of a consent, cut to who reads it: nobody gets more in a record than on his own pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from registry.errors import ConflictError

READERS = ("lender", "borrower", "contact")
GIVEN, REQUESTED, WITHDRAWN, REFUSED, OBJECTED = "given", "requested", "withdrawn", "refused", "objected"
VOID = "void"   # what it was for became another institution's
ENDING = frozenset((WITHDRAWN, REFUSED, OBJECTED, VOID))
EXPIRED, SPENT = "expired", "spent"
# A party, or a person by the registry's own pseudonym: no record names a person otherwise.
URN = "urn:consentry"
ASSURED = {
    "recorded": "recorded by the institution", "code": "a one-time code sent to the person's own line",
    "passkey": "signed with the person's own passkey",
}
PURPOSES_ZH = {
    "confirm-whereabouts": "确认下落", "location-information": "了解所在地", "restore-contact": "恢复联系",
    "obtain-contact-details": "取得联系方式", "relay-message": "转达消息", "contact-borrower": "联系本人",
}


@dataclass(frozen=True, slots=True)
class Happened:
    """One act on a consent. `by`: the role of who did it; `at`: as in the log; `index`: its entry's."""

    act: str
    at: str
    by: str
    index: int


@dataclass(frozen=True, slots=True)
class Told:
    """A consent for one reader. `state`: the last act, or `expired` or `spent`; `ends_at`: when it ends, by its words
    or by the packs' longest age; `key`: the registry's public signing key (JWK); `receipt`, `proof`: of the last act.
    `country`: where the institution's supervisor is; `jurisdiction`: where the giver lives, as the log knows.
    """

    reader: str
    consent: str
    giver: str
    subject: str
    lender: str
    institution: str
    country: str | None
    jurisdiction: str
    scope: Mapping[str, Any]
    notice: Mapping[str, str]
    method: str
    assurance: str | None
    account: str | None
    contact: str | None
    terms_sha256: str
    expires_at: str
    ends_at: str
    state: str
    events: Sequence[Happened]
    renews: str | None
    receipt: str | None
    proof: str | None
    origin: str
    key: Mapping[str, str]
    public_url: str
    party: str | None = None

    @property
    def principal(self) -> str:
        """The pseudonym of who gave it."""
        return f"{URN}:{self.giver}:{self.subject}"

    @property
    def controller(self) -> str:
        return f"{URN}:party:{self.lender}"

    @property
    def registry(self) -> str:
        return f"{URN}:registry:{self.origin}"

    @property
    def page(self) -> str:
        """Where the giver withdraws, objects and reads."""
        return f"{self.public_url}/{'c' if self.giver == 'contact' else 'me'}"

    @property
    def recipient(self) -> str:
        """Who may use it, in words; to a contact nothing of what kind of company it is."""
        if self.party is not None:
            return self.party
        if self.reader == "contact":
            return "the institution, or whom it entrusts"
        return {
            "lender": "the institution itself", "entrusted": "any agency entrusted by the institution",
            "independent": "an agency that decides for itself",
        }[self.scope["grantee"]["role"]]

    @property
    def discloses(self) -> bool:
        """Whether a number leaves the registry."""
        return "number" in self.scope["modes"]

    def first(self, act: str) -> Happened | None:
        """The first event of that kind."""
        return next((one for one in self.events if one.act == act), None)

    def given(self) -> Happened:
        """When it was given. Raises ConflictError `record-not-yet` where it never was."""
        found = self.first(GIVEN)
        if found is None:
            raise ConflictError("this consent was never given, and this format has no word for that: use 27560",
                                code="record-not-yet")
        return found


def told_from(found: Mapping[str, Any], reader: str, public_url: str) -> Told:
    """The vault's answer to `consent-record`, for this reader. A contact's record has no account and nothing of whom
    it is about but what the own page says; only the lender's names accounts of others than the reader."""
    terms, contact = found["terms"], reader == "contact"
    grantee = found.get("grantee")
    return Told(
        reader=reader, consent=terms["consent"], giver=terms["giver"], subject=terms[terms["giver"]],
        lender=terms["lender"], institution=found["institution"], country=found.get("country"),
        jurisdiction=found["jurisdiction"], scope=terms["scope"], notice=terms["notice"], method=terms["method"],
        assurance=found.get("assurance"), account=None if contact else terms.get("account"),
        contact=None if contact else terms.get("contact"), terms_sha256=terms["terms_sha256"],
        expires_at=terms["expires_at"], ends_at=found["ends_at"], state=found["state"],
        events=tuple(Happened(one["act"], one["at"], one["by"], one["index"]) for one in found["events"]),
        renews=found.get("renews"), receipt=found.get("receipt"), proof=found.get("proof"), origin=found["origin"],
        key=found["key"], public_url=public_url.rstrip("/"), party=None if contact else grantee,
    )
