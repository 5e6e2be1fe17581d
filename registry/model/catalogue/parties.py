"""Kinds about the registry itself: parties, keys, providers, packs, the stop switch."""

from __future__ import annotations

from registry.model.catalogue.terms import COUNT, JWK_P256, PACK_TEXT, VERSION
from registry.model.kinds import Authority as A
from registry.model.kinds import Kind
from registry.model.providers import OWNERS
from registry.model.shapes import (
    B64URL,
    BOOL,
    DIGEST,
    ID_SHAPE,
    REGION,
    TIME,
    WORD,
    Optional,
    integer,
    listing,
    struct,
    text,
    words,
)

REGISTRY = [
    Kind("genesis/1", A.VAULT, {
        "origin": text(r"[a-z0-9.-]+(:[0-9]+)?(/[A-Za-z0-9._-]+)*", "origin"), "demo": BOOL,
        "log_key": text(r"[ -~]{1,300}", "verifier key"), "vault_sig": B64URL, "vault_enc": JWK_P256,
        "courier_sig": B64URL, "courier_enc": JWK_P256,
        "officers": listing(struct({"officer": ID_SHAPE, "key": B64URL}), 20, 1),
        "witness_policy": text(r"none|[0-9a-f]{64}", "digest or none"), "rules": VERSION,
        "packs": listing(struct({"name": WORD, "version": text(r"[0-9]{1,6}"), "sha256": DIGEST,
                                 "text": PACK_TEXT}), 4, 1),
    }, directory=True),
    Kind("demo-clock-advanced/1", A.VAULT, {"seconds": integer(1, 366 * 86_400)}),
    Kind("provider-registered/1", A.OFFICER, {
        "provider": ID_SHAPE, "name": WORD, "adapter": WORD, "grade": words("A", "B", "C"),
        "owner": words(*OWNERS), "owner_party": Optional(ID_SHAPE),
        "secret_commitment": Optional(DIGEST), "public_key": Optional(B64URL),
    }, directory=True),
    Kind("provider-gap-accepted/1", A.OFFICER, {
        "provider": ID_SHAPE, "from_seq": integer(1, 2**53 - 1), "through_seq": integer(1, 2**53 - 1),
    }, directory=True),
    Kind("party-registered/1", A.OFFICER, {
        "party": ID_SHAPE, "role": words("lender", "agency", "officer", "auditor"),
        "name": text(r"[^\n]{1,80}", "name of an institution"), "regulator": Optional(REGION),
        "enc_key": Optional(JWK_P256),
    }, directory=True),
    Kind("party-key-changed/1", A.OFFICER, {"party": ID_SHAPE, "enc_key": JWK_P256}, directory=True),
    Kind("party-suspended/1", A.ANYONE, {"party": ID_SHAPE}, restricting=True, directory=True),
    Kind("agency-approved/1", A.OFFICER, {
        "agency": ID_SHAPE, "lender": ID_SHAPE, "role": words("entrusted", "independent"), "until": TIME,
    }, directory=True),
    Kind("pack-activated/1", A.OFFICER, {
        "name": WORD, "version": text(r"[0-9]{1,6}", "version"), "sha256": DIGEST, "text": PACK_TEXT,
        "effective_from": TIME,
    }, directory=True),
    Kind("releases-stopped/1", A.ANYONE, {}, restricting=True, directory=True),
    Kind("releases-resumed/1", A.OFFICER, {}, directory=True),
    # Whose cosignatures openings wait for, as the vault was started: `text` is the policy file, `policy` its digest.
    Kind("witness-policy-set/1", A.VAULT, {
        "policy": text(r"none|[0-9a-f]{64}", "digest or none"), "text": Optional(PACK_TEXT),
    }),
    # Data keys are wrapped by another key-encryption key; `from` and `to` name them without telling anything of them.
    Kind("keys-rotated/1", A.VAULT, {
        "from": text(r"[0-9a-f]{16}", "key id"), "to": text(r"[0-9a-f]{16}", "key id"), "subjects": COUNT,
    }),
]
