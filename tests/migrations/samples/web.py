"""web.db: what is only in SQL, and the projections of the log."""

from typing import Any

from tests.migrations.samples import Sample

LENDER, AGENCY, BORROWER = "a0" * 16, "a1" * 16, "b0" * 16
CONTACT, ACCOUNT, LOOKUP = "c0" * 16, "d0" * 16, "e0" * 16
APPROVAL, LANGUAGES = "f0" * 16, ["zh-CN", "en"]


def mirror(ident: str, **values: Any) -> list[dict[str, Any]]:
    return [{"id": ident, "place": 7, "updated_at": 1_790_000_000_000, **values}]


SAMPLES = {
    "0001": Sample({
        "sealed_values": [{"subject": BORROWER, "name": "name", "blob": b"\x01\x00\x00\x00\x01" + bytes(range(90))}],
        "sealed_notes": [{"commitment": "0" * 64, "blob": b"\xff" * 90}],
        "refs": [{"id": BORROWER, "owner": LENDER, "kind": "borrower", "ref": "客户-1", "done": True, "key": "k-1"}],
        "inbox": [{"place": 3, "id": "1" * 32, "provider": "dialler", "counts": True, "received_at": 5,
                   "jwe": "a.b.c.d.e"}],
        "progress": [{"id": 1, "cursor": 8}],
        "tokens": [{"id": "t1", "client": LENDER, "role": "lender", "scopes": "borrowers contacts",
                    "sha256": "2" * 64, "created_at": 1, "expires_at": 1_890_000_000_000, "revoked_at": 2}],
        "act_drafts": [{"id": "3" * 32, "client": LENDER, "fingerprint": "4" * 64, "entry": '{"v":1}',
                        "opening": "{}", "auth": "[]", "expires_at": 9}],
        "borrowers": mirror(BORROWER, lender=LENDER, residence="US-MA", time_zone="America/New_York", state="open",
                            languages=LANGUAGES),
        "channels": mirror("b1" * 16, borrower=BORROWER, medium="voice", use="personal", state="live"),
        "contacts": mirror(CONTACT, borrower=BORROWER, lender=LENDER, relation="sibling", residence="CN",
                           state="usable", rank=1, languages=LANGUAGES),
        "accounts": mirror(ACCOUNT, borrower=BORROWER, lender=LENDER, liability="principal", due_since="2026-01-01",
                           currency="CNY", limitation_until="2029-01-01", state="open", as_of="2026-09-01",
                           balance_minor=2**53 - 1),
        "placements": mirror("d1" * 16, account=ACCOUNT, borrower=BORROWER, lender=LENDER, agency=AGENCY,
                             starts="2026-01-01", until="2027-01-01", state="placed"),
        "consents": mirror("c1" * 16, giver="contact", lender=LENDER, borrower=BORROWER, contact=CONTACT,
                           account=ACCOUNT, state="given", assurance="code", given_at="2026-01-01T00:00:00.000Z",
                           expires_at="2027-01-01T00:00:00.000Z"),
        "holds": mirror("b2" * 16, borrower=BORROWER, account=ACCOUNT, type="dispute", state="placed"),
        "approvals": mirror(APPROVAL, lookup=LOOKUP, client=AGENCY, account=ACCOUNT, borrower=BORROWER,
                            contact=CONTACT, purpose="restore-contact", mode="number", state="used"),
        "lookups": mirror(LOOKUP, account=ACCOUNT, client=AGENCY, agent="agent-1", about="contact",
                          purpose="restore-contact", mode="number", verdict="permit", borrower=BORROWER,
                          contact=CONTACT, approval=APPROVAL, opening="allowed"),
        "providers": mirror("a2" * 16, name="dialler", adapter="neutral", grade="A", owner="agency",
                            owner_party=AGENCY),
        "parties": mirror(LENDER, role="lender", name="Invented Lender", regulator="CN", state="active"),
        "agency_approvals": mirror("a3" * 16, agency=AGENCY, lender=LENDER, role="entrusted",
                                   until="2027-01-01T00:00:00.000Z"),
        "pack_activations": mirror("a4" * 16, name="cn", version="1", sha256="5" * 64,
                                   effective_from="2026-01-01T00:00:00.000Z"),
    }),
    "0002": Sample({
        "events": mirror("6" * 32, kind="placed/1", lender=LENDER, agency=AGENCY, object="7" * 32,
                         about={"account": ACCOUNT}),
    }),
    "0003": Sample(columns={"lookups": {"message": "queued", "continues": "8" * 32}}),
}
