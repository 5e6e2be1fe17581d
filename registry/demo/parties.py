"""The institutions of the demo world: registered and approved by two officers' real signatures."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from joserfc.jwk import ECKey

from registry import officer
from registry.demo.acts import PROVIDER, Actors
from registry.jose import thumbprint
from registry.model.entries import Actor, Draft
from registry.model.ids import new_id
from registry.model.times import DAY, stamp
from registry.settings import write_json
from registry.usecases import providers, tokens, writing
from registry.usecases.ports import Ports, Record

APPROVED_DAYS = 360
TOKEN_LIFE = 3_652 * DAY  # ten years
PUBLIC_MEMBERS = ("kty", "crv", "x", "y")


@dataclass(frozen=True, slots=True)
class Keys:
    """Files with private keys of the demo's people, below `<data>/demo/`."""

    officers: tuple[Path, Path]
    collector: Path
    rival: Path

    @classmethod
    def in_folder(cls, folder: Path) -> Keys:
        officers = (folder / "officer-1.key", folder / "officer-2.key")
        return cls(officers, folder / "collector.jwk", folder / "rival.jwk")

    def make(self, random: Callable[[int], bytes]) -> None:
        """The folder and the officers' keys; the agencies' are made once the vault has keys to pin."""
        self.collector.parent.mkdir(mode=0o700, parents=True)
        for path in self.officers:
            officer.keygen(path, random)

    def public(self, path: Path) -> dict[str, str]:
        """What genesis says of an officer: {officer, key}."""
        key = officer.load(path)
        return {"officer": key.officer, "key": key.public}


def vouch(keys: Keys, draft: Mapping[str, Any]) -> list[dict[str, str]]:
    """Both officers' signatures: what two sign takes effect at once."""
    return [officer.sign(draft, path) for path in keys.officers]


def register(ports: Ports, keys: Keys, secret: str, now: int) -> dict[str, Actor]:
    """Everybody, and the provider. Returns who is who: lender, agency, rival, auditor, officer."""
    signer = Actor("officer", officer.load(keys.officers[0]).officer)
    made = {"officer": signer}
    for name, role, title, key in (
        ("lender", "lender", "示例消费金融", None), ("agency", "agency", "示例催收一部", keys.collector),
        ("rival", "agency", "示例催收二部", keys.rival), ("auditor", "auditor", "示例审计", None),
    ):
        party = new_id(ports.random)
        body: Record = {"party": party, "role": role, "name": title}
        if role == "lender":
            body["regulator"] = "CN"
        if key is not None:
            jwk = json.loads(key.read_text("ascii"))
            body["enc_key"] = {member: jwk[member] for member in PUBLIC_MEMBERS}
        act(ports, keys, signer, "party-registered/1", body)
        made[name] = Actor(role, party)
    for agency in ("agency", "rival"):
        act(ports, keys, signer, "agency-approved/1", {
            "agency": made[agency].id, "lender": made["lender"].id, "role": "entrusted",
            "until": stamp(now + APPROVED_DAYS * DAY),
        })
    body = {"name": PROVIDER, "kind": "neutral", "owner": "neutral", "secret": secret}
    draft = providers.draft(ports, signer, body)
    providers.register(ports, signer, {**body, "auth": vouch(keys, draft)})
    return made


def act(ports: Ports, keys: Keys, signer: Actor, kind: str, body: Record) -> None:
    """One act of both officers. What creates something has its id."""
    draft = Draft(body.get("party") or new_id(ports.random), kind, signer, body).value()
    writing.append_draft(ports, {**draft, "auth": vouch(keys, draft)}, None)


def issue_tokens(ports: Ports, made: Mapping[str, Actor], store: tokens.Tokens, wall: int) -> dict[str, str]:
    """A token for each of CONTRACT section 8's names; they live by the wall clock."""
    names = {"lender": "lender", "collector": "agency", "rival_collector": "rival", "officer": "officer",
             "auditor": "auditor"}
    issued = {}
    for name, who in names.items():
        actor = made[who]
        assert actor.id is not None
        issued[name] = tokens.issue(store, ports.random, actor.role, actor.id, expires_at=wall + TOKEN_LIFE, at=wall)
    return issued


def new_jwk(path: Path, vault_jwks: Mapping[str, Any]) -> None:
    """A private P-256 JWK with `kid` (RFC 7638) and, pinned as its own member, the vault's keys."""
    jwk = ECKey.generate_key("P-256").as_dict(private=True)
    write_json(path, {**jwk, "kid": thumbprint(jwk), "vault": dict(vault_jwks)})


def actors_of(made: Mapping[str, Actor], secret: str) -> Actors:
    """Those who act on borrowers."""
    return Actors(made["lender"], made["agency"], made["officer"], secret)
