"""`party add|rotate|link`: institutions, their tokens and keys, and links to sign in. Needs a running vault."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import click

from registry import officer, relying
from registry.cli.options import EXISTING, FOLDER, data_option, json_option
from registry.clients import VaultClient
from registry.errors import NotFoundError
from registry.model.entries import Actor, Draft
from registry.model.ids import new_id
from registry.model.times import DAY
from registry.model.zones import zones_of_region
from registry.settings import Settings, SettingsError, load
from registry.store.database import open_engine
from registry.store.store import Store
from registry.up import local_url
from registry.usecases import tokens
from registry.vault.clock import wall_now

PUBLIC_MEMBERS = ("kty", "crv", "x", "y")
sign_option = click.option(
    "--sign", "keys", type=EXISTING, multiple=True, required=True, metavar="KEY",
    help="An officer's key file; two let a change of keys take effect at once.",
)
where_option = click.option(
    "--sockets", type=FOLDER, metavar="DIR", help="Where the vault listens, if it was not started by `up`.",
)
days_option = click.option(
    "--days", type=click.IntRange(1, 3_652), default=365, show_default=True, help="Life of the token.",
)


@click.group()
def party() -> None:
    """Lenders, agencies, officers and auditors."""


@party.command()
@data_option
@click.option("--role", type=click.Choice(["lender", "agency", "officer", "auditor"]), required=True)
@click.option("--name", required=True, help="Name of the institution.")
@click.option("--regulator", metavar="REGION", help="Of a lender: where it is regulated, as in CN.")
@click.option("--enc-key", type=EXISTING, metavar="JWK", help="Of an agency: its public P-256 key for releases.")
@click.option("--officer", "officer_id", metavar="ID", help="Of an officer: the id in its key, as genesis names it.")
@sign_option
@days_option
@where_option
@json_option
def add(data: Path, role: str, name: str, regulator: str | None, enc_key: Path | None, officer_id: str | None,
        keys: tuple[Path, ...], days: int, sockets: Path | None, as_json: bool) -> None:
    """Register a party and print its token, once."""
    settings = load(data)
    _check_regulator(role, regulator)
    body: dict[str, Any] = {"party": officer_id or new_id(os.urandom), "role": role, "name": name}
    if regulator is not None:
        body["regulator"] = regulator
    if enc_key is not None:
        body["enc_key"] = public_jwk(enc_key)
    index = _append(sockets or running_sockets(settings), "party-registered/1", body, keys)
    _print(settings, body["party"], role, days, index, as_json=as_json)


@party.command()
@data_option
@click.argument("party_id")
@click.option("--enc-key", type=EXISTING, metavar="JWK", help="A new public P-256 key for releases.")
@click.option("--sign", "keys", type=EXISTING, multiple=True, metavar="KEY", help="Officers' keys, for --enc-key.")
@days_option
@where_option
@json_option
def rotate(data: Path, party_id: str, enc_key: Path | None, keys: tuple[Path, ...], days: int, sockets: Path | None,
           as_json: bool) -> None:
    """Revoke a party's tokens and print a new one; with --enc-key also change the key it is answered with."""
    settings = load(data)
    known = _store(settings).record("parties", party_id)
    if known is None:
        raise NotFoundError("there is no party of this id: `GET /v1/parties` lists them")
    index = None
    if enc_key is not None:
        if not keys:
            raise SettingsError("a new key needs an officer's signature: add --sign KEY")
        index = _append(sockets or running_sockets(settings), "party-key-changed/1",
                        {"party": party_id, "enc_key": public_jwk(enc_key)}, keys)
    _store(settings).revoke_tokens(party_id, wall_now())
    _print(settings, party_id, known["role"], days, index, as_json=as_json)


@party.command()
@data_option
@click.argument("public", type=EXISTING, metavar="PUBLIC")
@sign_option
@where_option
def key(data: Path, public: Path, keys: tuple[Path, ...], sockets: Path | None) -> None:
    """Let an auditor sign resolutions by a key file: PUBLIC is what `officer keygen --for ID` printed. In force after
    24 hours, at once with two officers."""
    try:
        said = json.loads(public.read_text("utf-8"))
        body = {"party": said["officer"], "key": said["public"]}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SettingsError("not the public part of a key: save what `officer keygen --for ID` prints") from error
    index = _append(sockets or running_sockets(load(data)), "auditor-key-added/1", body, keys)
    click.echo(json.dumps({"party": body["party"], "log_index": index}))


@party.command()
@data_option
@click.option("--role", type=click.Choice(["officer", "auditor", "borrower"]), required=True)
@click.argument("subject", metavar="ID")
@where_option
@json_option
def link(data: Path, role: str, subject: str, sockets: Path | None, as_json: bool) -> None:
    """Print a link by which the officer, auditor or borrower ID signs in, once: within an hour, a borrower within a
    day. Who has it is let in."""
    settings = load(data)
    by = Actor("web")
    if role == "borrower":
        known = _store(settings).record("borrowers", subject)
        if known is None:
            raise NotFoundError("there is no borrower of this id: `GET /v1/borrowers` lists them")
        by = Actor("lender", known["lender"])
    made = VaultClient((sockets or running_sockets(settings)) / "vault.sock").call(
        "make-link", {"by": by.value(), "role": role, "subject": subject})
    url = f"{_reached_at(settings)}/sign-in/link/{made['token']}"
    click.echo(json.dumps({"url": url, "expires_at": made["expires_at"]}) if as_json else url)


def public_jwk(path: Path) -> dict[str, str]:
    """The public members of a P-256 JWK in a file. Raises SettingsError."""
    try:
        value = json.loads(path.read_text("utf-8"))
        return {member: str(value[member]) for member in PUBLIC_MEMBERS}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SettingsError(f"{path} is not a P-256 JWK with kty, crv, x and y") from error


def _check_regulator(role: str, regulator: str | None) -> None:
    """Which packs hold for a lender's lookups; without a region that we know every one of them is refused."""
    if role == "lender" and regulator is None:
        raise SettingsError("a lender needs --regulator: where it is regulated, as in CN")
    if regulator is not None and not zones_of_region(regulator):
        raise SettingsError("--regulator is no region we know: give one of ISO 3166, as in CN or US-MA")


def _append(sockets: Path, kind: str, body: dict[str, Any], keys: tuple[Path, ...]) -> int:
    signer = Actor("officer", officer.load(keys[0]).officer)
    entry_id = body["party"] if kind == "party-registered/1" else new_id(os.urandom)
    draft = Draft(entry_id, kind, signer, body).value()
    auth = [officer.sign(draft, path) for path in keys]
    result = VaultClient(sockets / "vault.sock").call("append", {"entry": {**draft, "auth": auth}})
    return int(result["log_index"])


def running_sockets(settings: Settings) -> Path:
    """The sockets of the running `up`. Raises SettingsError when nothing runs."""
    try:
        return Path(json.loads(settings.run_file.read_text("utf-8"))["sockets"])
    except (OSError, ValueError, KeyError) as error:
        raise SettingsError(f"{settings.data} is not being served: start `python -m registry up` first") from error


def _reached_at(settings: Settings) -> str:
    """What people's browsers are given. A demo is reached where it is served, by a name to which passkeys bind."""
    if not settings.demo or not settings.run_file.exists():
        return settings.public_url
    run = json.loads(settings.run_file.read_text("utf-8"))
    return relying.party(local_url(run["host"], run["port"]))[1]


def _store(settings: Settings) -> Store:
    return Store(open_engine(settings.web_url))


def _print(settings: Settings, party_id: str, role: str, days: int, index: int | None, *, as_json: bool) -> None:
    at = wall_now()
    token = tokens.issue(_store(settings), os.urandom, role, party_id, expires_at=at + days * DAY, at=at)
    value: dict[str, Any] = {"party": party_id, "role": role, "token": token}
    if index is not None:
        value["log_index"] = index
    if as_json:
        click.echo(json.dumps(value))
        return
    click.echo(f"party {party_id} ({role})")
    click.echo(f"token, shown this once: {token}")
