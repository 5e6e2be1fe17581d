"""courier.db: providers, what they reported, messages to send."""

from tests.migrations.samples import Sample

PROVIDER, DIGEST = "a0" * 16, "b" * 64

SAMPLES = {
    "0001": Sample({
        "meta": [{"name": "cursor", "value": "17"}],
        "providers": [{"provider": PROVIDER, "name": "dialler", "grade": "A", "commitment": "c" * 64,
                       "public_key": "whpk_x", "entry_index": 5}],
        "accepted_gaps": [{"provider": PROVIDER, "from_seq": 3, "through_seq": 4}],
        "secrets": [{"provider": PROVIDER, "secret": "whsec_x", "salt": "d" * 64}],
        "refused": [{"n": 1, "provider": PROVIDER, "webhook_id": "msg_1", "why": "event-malformed", "wall": 9}],
        "attempts": [{"provider": PROVIDER, "digest": DIGEST, "attempt": "e0" * 16, "reached": True}],
        "seqs": [{"provider": PROVIDER, "seq": 1, "attempt": "e0" * 16}],
        "webhooks": [{"provider": PROVIDER, "digest": DIGEST, "fingerprint": "f" * 64, "wall": 9,
                      "drafts": '[{"v":1}]'}],
        "deliveries": [{
            "delivery": "f0" * 16, "entry_index": 16, "template": "contact-listed", "channel": "", "round": 0,
            "subject": "c0" * 16, "names": '["number"]', "about": '{"medium":"sms"}', "state": "sent", "due_at": 1,
            "retry_at": 2, "tries": 3, "why": "transport-unavailable", "drafts": '[{"v":1}]',
        }],
    }),
    "0002": Sample(
        columns={"deliveries": {"medium": "email", "since": 7, "receipt": "delivered"}},
        filled={"deliveries": {"medium": "sms"}},  # read out of `about`
    ),
    "0003": Sample(columns={"providers": {"adapter": "neutral"}}, filled={"providers": {"adapter": "neutral"}}),
    "0004": Sample(
        {"pulls": [{"provider": PROVIDER, "digest": DIGEST, "jwe": "a.b.c.d.e", "since": 5, "next_at": 6,
                    "tries": 1}],
         "ringing": [{"provider": PROVIDER, "digest": DIGEST, "at": 5, "wall": 6}]},
        columns={"refused": {"rows": "3,17"}}),
    "0005": Sample({"bindings": [{
        "binding": "f1" * 16, "lookup": "a1" * 16, "about": '{"lookup":"a1"}', "x": "+8617000000001", "expires_at": 5,
        "max_calls": 1, "state": "over", "calls": '["b1"]', "draft": '{"v":1}',
    }]}),
    "0006": Sample(columns={"refused": {"member": "/data/seq"}}),
    # Taken up again: with a provider that is suspended there is no way down.
    "0007": Sample(columns={"providers": {"suspended_index": 21, "resumed_index": 22}}),
}
