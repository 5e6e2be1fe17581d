"""`witness`: a C2SP tlog-witness in one command, for a regulator, an auditor, or anybody who keeps a log honest."""

from __future__ import annotations

import os
import re
import sqlite3
import time
from pathlib import Path

import click

from registry.cli.options import FOLDER, NEW_FILE
from registry.errors import ConsentryError
from registry.logs import configure_logs, hide_traces, level_of
from registry.witness.serving import Serving, check_address, serve
from registry.witness.setup import find_key, keys_of, lock, parse_log, prepare
from registry.witness.store import FILE

_ADDRESS = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^:\[\]]+):(?P<port>[0-9]{1,5})\Z", re.ASCII)


@click.command()
@click.option("--data", type=FOLDER, required=True, metavar="DIR", help="The witness's own folder; made if needed.")
@click.option("--log", "logs", multiple=True, metavar="VKEY[=SIZE:ROOT]",
              help="A log to follow, and the tree (root in base64) to begin with; may be given several times.")
@click.option("--listen", metavar="HOST:PORT", help="Where to serve HTTP; TLS belongs into a proxy in front.")
@click.option("--key", type=NEW_FILE, metavar="FILE", help="Its private key; made if it is not there. "
                                                           "Usually witness.key in the folder.")
@click.option("--name", metavar="NAME", help="Its name for ever, given when the key is made: usually the address "
                                             "that others know, without https://. The host's name if not given.")
@click.option("--show-key", is_flag=True, help="Make the key if needed, print the verifier key, and end.")
def witness(data: Path, logs: tuple[str, ...], listen: str | None, key: Path | None, name: str | None,
            show_key: bool) -> None:
    """Cosign the checkpoints of logs that only grow. The first line printed is the verifier key to hand out."""
    configure_logs("witness", level_of(os.environ))
    hide_traces()
    data = data.resolve()
    # Everything said is read first: a name that was given beside a mistake would stay in the key for ever.
    followed = [parse_log(one) for one in logs]
    if show_key:
        click.echo(str(find_key(data, key, name, os.urandom).verifier))
        return
    if listen is None or not logs:
        raise click.UsageError("a witness needs --listen HOST:PORT and at least one --log VKEY")
    host, port = _address(listen)
    own = find_key(data, key, name, os.urandom)
    click.echo(str(own.verifier))
    handle = lock(data)
    try:
        prepare(data, own, followed)
    except sqlite3.Error as error:
        raise ConsentryError(f"{data / FILE} cannot be read: begin anew, with a new key, in another folder",
                             code="settings") from error
    check_address(host, port)
    for one in followed:
        click.echo(f"follows {one.verifier.name}" + ("" if one.first is None else f" from size {one.first.size}"))
    url = f"http://{listen}"
    try:
        serve(Serving(data, own, keys_of(followed), lambda: int(time.time())), host, port,
              lambda: click.echo(f"listening on {url}"))
    finally:
        os.close(handle)


def _address(text: str) -> tuple[str, int]:
    match = _ADDRESS.match(text)
    if match is None or not 1 <= int(match["port"]) <= 65_535:
        raise click.BadParameter("HOST:PORT, as 127.0.0.1:8100 or [::1]:8100", param_hint="--listen")
    return match["host"].strip("[]"), int(match["port"])
