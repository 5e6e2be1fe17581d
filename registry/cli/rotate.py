"""`rotate-keys`: another key-encryption key, while everything serves."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import click

from registry.cli.audit import progress
from registry.cli.options import data_option, json_option
from registry.keeping import rotating
from registry.keeping.rotating import Rotated
from registry.settings import Settings, load
from registry.up import say
from registry.vault.rotation import Order

LOOK_SECONDS = 0.2
PATIENT_SECONDS = 10.0  # without a word of the vault, until it is said what is waited for


@click.command("rotate-keys")
@data_option
@click.option("--new-key-file", "new", required=True, metavar="OUTSIDE",
              help="Where the new key-encryption key is to be written, or lies; outside the data folder. "
                   "Or a pkcs11: URI.")
@json_option
def rotate_keys(data: Path, new: str, as_json: bool) -> None:
    """Wrap every key by a new key-encryption key, then destroy the old one.

    The running vault does the work and serves meanwhile. Stopped or killed anywhere: run the same command again. Take
    a backup when it has ended; those made before open with nothing any more.
    """
    settings = load(data)
    order = rotating.begin(settings, new, os.urandom)
    keys = _wait(settings, order)
    made = rotating.finish(settings, order, keys, os.urandom)
    if as_json:
        click.echo(json.dumps({"from": made.old_id, "to": made.new_id, "keys": made.keys, "kept": made.kept}))
        return
    for line in _said(order, made):
        click.echo(line)


def _wait(settings: Settings, order: Order) -> int:
    """Until the vault has re-wrapped everything and said so in its log; how many keys it were."""
    began, patient = time.monotonic(), True
    with progress("Re-wrapping") as bar:
        while True:
            state = rotating.told(settings, order)
            if state is not None:
                bar(state.done, state.total)
                if state.state == "rewrapped":
                    return state.done
            elif patient and time.monotonic() - began > PATIENT_SECONDS:
                say("the vault has not begun: start it if it does not run; this waits for it, and may be stopped")
                patient = False
            time.sleep(LOOK_SECONDS)


def _said(order: Order, made: Rotated) -> list[str]:
    lines = [f"{made.keys} keys are wrapped by {made.new_id} now; the settings name {order.new}"]
    if made.kept is None:
        lines.append(f"{order.old} was overwritten and removed; destroy every copy of it too")
    else:
        lines.append(f"{made.kept} is still in its token: destroy it there")
    lines.append("take a backup now: those made before open only with the old key")
    return lines
