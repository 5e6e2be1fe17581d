"""Public keys in the form that openssl reads."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from registry.jose import from_b64url
from registry.tlog.note import parse_verifier

# SubjectPublicKeyInfo of an Ed25519 key but for the key itself (RFC 8410 section 4): twelve bytes, so that in base64
# they stand for themselves and a shell can put the key behind them.
ED25519_INFO = bytes.fromhex("302a300506032b6570032100")


def pem(raw: bytes) -> str:
    """The PEM of an Ed25519 public key (32 bytes)."""
    text = base64.b64encode(ED25519_INFO + raw).decode()
    return f"-----BEGIN PUBLIC KEY-----\n{text}\n-----END PUBLIC KEY-----\n"


def key_files(vkey: str, genesis: Mapping[str, Any]) -> dict[str, str]:
    """Files under `keys/`: the log's, and those that genesis names. `genesis`: the body of entry 0."""
    found = {
        "keys/log.vkey": f"{vkey}\n", "keys/log.pem": pem(parse_verifier(vkey).public),
        "keys/vault.pem": pem(from_b64url(genesis["vault_sig"])),
        "keys/courier.pem": pem(from_b64url(genesis["courier_sig"])),
    }
    return found | {f"keys/officer-{one['officer']}.pem": pem(from_b64url(one["key"])) for one in genesis["officers"]}
