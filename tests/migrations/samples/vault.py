"""log.db: the log itself."""

from tests.migrations.samples import Sample

SAMPLES = {
    "0001": Sample({
        "leaves": [{"index": 41, "id": b"\x01" * 16, "at": 1_790_000_000_000, "leaf": b'{"v":1}'}],
        "history": [{"subject": b"\x02" * 16, "index": 41, "at": 1_790_000_000_000, "leaf": b'{"v":1}'}],
        "tiles": [{"level": 0, "n": 3, "hashes": b"\x03" * 320}],
        "head": [{"one": 1, "size": 42, "root": b"\x04" * 32, "published": "demo.invalid/log\n42\n"}],
        "accounts": [{"account": b"\x05" * 16, "borrower": b"\x06" * 16}],
        "idempotency": [{"scope": "lender:POST:/v1/borrowers", "key": "k-1", "fingerprint": b"\x07" * 32,
                         "answer": b"\x08" * 100, "wall": 1_790_000_000_000}],
    }, single=frozenset({"head"})),
    "0002": Sample({}),
    "0003": Sample({
        "fence": [{"one": 1, "epoch": 7, "holder": "boot 4711 12", "beat": 1_790_000_000_000}],
    }, single=frozenset({"fence"})),
    "0004": Sample({"state": [{"one": 1, "sealed": b"\x09" * 5000}]}, single=frozenset({"state"})),
    "0005": Sample({}),
    "0006": Sample({}),
}
