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
    "0004": Sample({
        "limit_keys": [{"day": 20_000, "key": b"\x01" * 32}],
        "tried": [{"bucket": "8" * 64, "began_at": 1_790_000_000_000, "count": 3}],
    }),
    "0005": Sample(
        {
            "complaints": mirror("9" * 32, from_="contact", borrower=BORROWER, contact=CONTACT, lookup=LOOKUP,
                                 agency=AGENCY, about="lookup", text="6" * 64, state="settled", verdict="upheld",
                                 remedy="compensation", currency="CNY", note="7" * 64, paid_on="2026-11-22",
                                 officer="a5" * 16, filed_at=1_790_000_000_000, amount_minor=2**53 - 1,
                                 settled_at=1_790_000_000_001),
            "passkeys": mirror("91" * 16, role="officer", subject="a5" * 16, credential="AbC_-", rp_id="localhost",
                               state="live", added_at=1_790_000_000_000),
            "callbacks": mirror("92" * 16, borrower=BORROWER, channel="b1" * 16, until="2026-12-01T00:00:00.000Z",
                                language="zh-CN", windows=["08:00-12:00"], at=1_790_000_000_000),
            "evaluations": mirror("93" * 16, agency=AGENCY, lender=LENDER, from_="2026-01-01", until="2026-06-30",
                                  result="good", licence="Invented licence 1", licence_until="2027-01-01", score=91),
            "sign_ins": mirror("94" * 16, role="borrower", borrower=BORROWER, contact=CONTACT, party=AGENCY,
                               strength="code", at=1_790_000_000_000),
            "alarms": mirror("95" * 16, alarm="address-cap", provider="a2" * 16, about="96" * 16, state="open",
                             at=1_790_000_000_000),
            "resolutions": mirror("97" * 16, complaint="9" * 32, address="8" * 64, state="resolved",
                                  signers=["a5" * 16, "a6" * 16], asked_at=1_790_000_000_000,
                                  resolved_at=1_790_000_000_001, borrowers=[BORROWER], contacts=[]),
            "lookup_reasons": [{"reason": "hold-dispute", "place": 7}],
            "lookup_days": [{"day": "2026-11-22", "agency": AGENCY, "verdict": "deny", "reason": "hold-dispute",
                             "count": 3, "first": 7}],
        },
        columns={
            "lookups": {"reasons": ["hold-dispute"], "system": [], "decided_at": 1_790_000_000_000,
                        "answer": "will-relay"},
            "consents": {"scope": {"purposes": ["restore-contact"]}, "notice": {"id": "n-1"}, "method": "portal",
                         "asked_at": 1_790_000_000_000, "settled_at": 1_790_000_000_001},
            "approvals": {"requested_at": 1_790_000_000_000, "settled_at": 1_790_000_000_001, "officer": "a5" * 16},
            "progress": {"shape": 2},
        },
        filled={"progress": {"shape": 1}},
    ),
    "0006": Sample({"act_signatures": [{"draft": "3" * 32, "officer": "a5" * 16, "item": '{"alg":"Ed25519"}'}]}),
    "0007": Sample(
        {"attempt_days": [{"day": "2026-11-22", "agency": AGENCY, "what": "unlawful", "count": 2}]},
        columns={"alarms": {"agency": AGENCY, "client": LENDER, "agent": "agent-7", "witness": "example.com/w1",
                            "officer": "a5" * 16, "note": "7" * 64, "count": 3, "closed_at": 1_790_000_000_000}},
    ),
    "0008": Sample(
        {
            "changes": mirror("98" * 16, borrower=BORROWER, account=ACCOUNT, lender=LENDER, what="limitation-later",
                              said={"before": "2026-11-22", "after": "2027-11-22"}, at=1_790_000_000_000),
            "contact_reports": mirror("99" * 16, borrower=BORROWER, contact=CONTACT, says="minor", by_role="lender",
                                      state="lifted", at=1_790_000_000_000, lifted_at=1_790_000_000_001,
                                      officer="a5" * 16, note="7" * 64),
        },
        columns={"holds": {"by_role": "lender", "officer": "a5" * 16, "note": "7" * 64,
                           "placed_at": 1_790_000_000_000, "lifted_at": 1_790_000_000_001}},
    ),
    "0009": Sample({
        "comparisons": [{"id": "9a" * 16, "officer": "a5" * 16, "name": "cn", "version": "3", "sha256": "5" * 64,
                         "text": "pack = 'cn'", "since": "2026-01-01", "until": "2026-06-30", "state": "done",
                         "asked_at": 1_790_000_000_000, "seen_at": 1_790_000_000_001, "done": 8, "total": 8,
                         "result": "{}", "why": "log-unavailable"}],
    }),
    "0010": Sample(columns={"providers": {"suspended_at": 1_790_000_000_000, "suspended_since": 1_789_000_000_000,
                                          "resumed_at": 1_790_000_000_001}}),
}
