"""Options that several commands share."""

from __future__ import annotations

import pwd
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]
FOLDER = click.Path(file_okay=False, path_type=Path)
EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)
NEW_FILE = click.Path(dir_okay=False, path_type=Path)


class SystemUser(click.ParamType[int]):
    """A user of this machine, by number or by name; its number."""

    name = "USER"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number. Ends the command with a line that names the user who is not there."""
        if isinstance(value, int) or (value.isascii() and value.isdigit()):
            return int(value)
        try:
            return pwd.getpwnam(value).pw_uid
        except KeyError:
            self.fail(f"there is no user {value} on this machine", param, ctx)


data_option = click.option(
    "--data", type=FOLDER, required=True, metavar="DIR", help="Folder of the installation."
)
sockets_option = click.option(
    "--sockets", type=FOLDER, required=True, metavar="DIR",
    help="Folder of the sockets: 0700, or 2770 of the group of the processes' users."
)
witness_policy_option = click.option(
    "--witness-policy", type=EXISTING, metavar="FILE",
    help="Whose cosignatures openings wait for, in the form of C2SP tlog-policy. Without it: witnesses: none.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for a program.")
allow_option = click.option(
    "--allow-uid", "allowed", type=SystemUser(), multiple=True, metavar="USER",
    help="System users that may connect, by name or number, instead of our own.",
)


def databases_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--web-database` and `--vault-database`, handed on as `web_database` and `vault_database`."""
    for name, what in (("vault", "The vault's log and keys"), ("web", "The web tier's database")):
        command = click.option(
            f"--{name}-database", metavar="URL",
            help=f"{what} on PostgreSQL: postgresql+psycopg://USER@HOST/DATABASE, without a password. A file if not "
                 "given. For a new installation.")(command)
    return command
