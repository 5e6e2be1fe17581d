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

KEYS = 20_000
ROUNDS = 5


def measure(keys: int = KEYS, rounds: int = ROUNDS) -> None:
    """Prints keys a CPU second, medians of all rounds, and the medians of each round's ratios."""
    found = _rounds(keys, rounds)
    ours, wrap, gcm = (statistics.median(column) for column in zip(*found, strict=True))
    print(f"\nrotation                      keys/CPU s   to RFC 3394   to GCM   load {os.getloadavg()[0]:.1f}")
    to_wrap, to_gcm = (statistics.median(one[0] / one[place] for one in found) for place in (1, 2))
    print(f"re-wrapped and stored         {ours:>10.0f}   {to_wrap:>11.2f}   {to_gcm:>6.2f}")
    print(f"AES key wrap (RFC 3394) alone {wrap:>10.0f}\nAES-256-GCM alone             {gcm:>10.0f}")


def _rounds(keys: int, rounds: int) -> list[tuple[float, float, float]]:
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
    """Measures as asked."""
    parser = argparse.ArgumentParser(prog="bench.rotation", description=__doc__)
    parser.add_argument("--keys", type=int, default=KEYS, help=f"keys re-wrapped a round ({KEYS})")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"interleaved rounds ({ROUNDS})")
    options = parser.parse_args()
    measure(options.keys, options.rounds)


if __name__ == "__main__":
    main()
