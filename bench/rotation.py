"""Key rotation beside the bare AES operations it consists of: `python -m bench.rotation`.

Bare: unwrapping and wrapping a 32-byte key (RFC 3394, cryptography), and the same by AES-256-GCM with a fresh nonce,
which is what the vault does. CPU per key, interleaved rounds in one run, medians of per-round ratios.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import aes_key_unwrap, aes_key_wrap

from registry.model.ids import new_id
from registry.vault.keys.kek import KeyFile
from registry.vault.keys.keyring import Keyring
from registry.vault.rotation import AT_ONCE


def measure(keys: int, rounds: int) -> list[tuple[float, float, float]]:
    """Keys a CPU second of each round: re-wrapped by the vault, RFC 3394, GCM."""
    with tempfile.TemporaryDirectory(prefix="consentry-bench-") as name:
        folder = Path(name)
        (folder / "vault").mkdir()
        ring = Keyring.create(folder / "vault", KeyFile.create(folder / "old"), os.urandom, "demo.invalid/bench")
        with ring.one_commit():
            for _ in range(keys):
                ring.new_subject(new_id(os.urandom))
        found = [(_rewrapped(ring, folder / f"new{number}", keys), _wrapped(keys), _sealed(keys))
                 for number in range(rounds)]
        ring.close()
        return found


def _rewrapped(ring: Keyring, new: Path, keys: int) -> float:
    ring.rewrapping.begin(KeyFile.create(new))

    def all_of_them() -> None:
        while ring.rewrapping.step(AT_ONCE) == AT_ONCE:
            pass
        assert ring.rewrapping.finished()

    rate = _rate(keys, all_of_them)
    ring.rewrapping.end()
    return rate


def _wrapped(keys: int) -> float:
    old, new, data = os.urandom(32), os.urandom(32), os.urandom(32)
    wrapped = aes_key_wrap(old, data)
    return _rate(keys, lambda: [aes_key_wrap(new, aes_key_unwrap(old, wrapped)) for _ in range(keys)])


def _sealed(keys: int) -> float:
    old, new, data, nonce = AESGCM(os.urandom(32)), AESGCM(os.urandom(32)), os.urandom(32), os.urandom(12)
    sealed = old.encrypt(nonce, data, b"")
    return _rate(keys, lambda: [new.encrypt(os.urandom(12), old.decrypt(nonce, sealed, b""), b"")
                                for _ in range(keys)])


def _rate(keys: int, work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return keys / (time.process_time() - began)


def main() -> None:
    """Prints the medians."""
    parser = argparse.ArgumentParser(prog="bench.rotation", description=__doc__)
    parser.add_argument("--keys", type=int, default=20_000, help="keys re-wrapped a round (20000)")
    parser.add_argument("--rounds", type=int, default=5, help="interleaved rounds (5)")
    options = parser.parse_args()
    found = measure(options.keys, options.rounds)
    ours, wrap, gcm = (statistics.median(column) for column in zip(*found, strict=True))
    print(f"keys a CPU second: re-wrapped and stored {ours:,.0f}; RFC 3394 alone {wrap:,.0f}; GCM alone {gcm:,.0f}")
    print(f"re-wrapped / RFC 3394 {statistics.median(one[0] / one[1] for one in found):.2f}; "
          f"re-wrapped / GCM {statistics.median(one[0] / one[2] for one in found):.2f}; "
          f"load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
