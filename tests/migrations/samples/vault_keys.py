"""keys.db: wrapped keys, lines, codes and tokens; sessions, links, challenges."""

from tests.migrations.samples import Sample

SAMPLES = {
    "0001": Sample({
        "settings": [{"name": "origin", "value": "demo.invalid/log"}],
        "long_lived": [{"name": "enc", "kek_id": "k1", "wrapped": b"\x00\xff" * 30}],
        "subjects": [{"subject": "b0" * 16, "version": 1, "kek_id": "k1", "wrapped": b"\x01" * 60}],
        "lines": [{"prf": b"\x02" * 32, "line": "c0" * 16}],
        "codes": [{"consent": "d0" * 16, "terms_sha256": "e" * 64, "salt": b"\x03" * 16, "tries": 2,
                   "expires_at": 1_790_000_000_000}],
        "tokens": [{"sha256": b"\x04" * 32, "purpose": '{"contact":"x"}', "expires_at": 1_790_000_000_000}],
    }),
    "0002": Sample({
        "sessions": [{"sha256": b"\x05" * 32, "purpose": '{"id":"x"}', "expires_at": 1_790_000_000_000}],
        "links": [{"sha256": b"\x06" * 32, "purpose": '{"request":"x"}', "expires_at": 1_790_000_000_000}],
        "challenges": [{"sha256": b"\x07" * 32, "purpose": "{}", "expires_at": 1_790_000_000_000}],
    }),
}
