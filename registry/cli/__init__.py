"""`python -m registry`: one command a line here, each imported only when it is called.

So the vault's process never holds the web tier's code, and the other way round.
Failure is exit 1 and one line saying what to do; exit 3 tells `up` that only an operator can help.
"""

from __future__ import annotations

import importlib
import os
import sys
import traceback
from collections.abc import Sequence

import click

from registry import __version__
from registry.children import HOPELESS, MARK, no_core_dumps
from registry.errors import ConsentryError, UnavailableError
from registry.garbage import none_while_importing
from registry.lines import Lines
from registry.storage import is_storage, refused

COMMANDS = {
    "init": "registry.cli.install:init",
    "up": "registry.cli.serve:up",
    "demo": "registry.cli.serve:demo",
    "vault": "registry.cli.run_vault:vault",
    "courier": "registry.cli.run_courier:courier",
    "web": "registry.cli.run_web:web",
    "pump": "registry.cli.run_web:pump",
    "compare-job": "registry.cli.compare_job:compare_job",
    "party": "registry.cli.party:party",
    "officer": "registry.cli.officer:officer",
    "packs": "registry.cli.packs:packs",
    "seal": "registry.cli.seal:seal",
    "open": "registry.cli.opening:open_release",
    "audit": "registry.cli.audit:audit",
    "witness": "registry.cli.witness:witness",
    "rebuild": "registry.cli.rebuild:rebuild",
    "backup": "registry.cli.backup:backup",
    "restore": "registry.cli.backup:restore_command",
    "rotate-keys": "registry.cli.rotate:rotate_keys",
}


class LazyGroup(click.Group):
    """A group whose commands are imported when named."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        place = COMMANDS.get(cmd_name)
        if place is None:
            return None
        module, name = place.split(":")
        with none_while_importing():
            command = getattr(importlib.import_module(module), name)
        assert isinstance(command, click.Command)
        return command


@click.command(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="consentry %(version)s")
def registry() -> None:
    """Consentry: a contact directory that opens only when it must."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and end the process: 0, or 1 with one line (3 where only an operator can help)."""
    os.umask(0o077)  # whatever a command writes is its user's own
    no_core_dumps()  # before anything is read: keys, files of names and numbers, opened releases
    try:
        code = registry.main(arguments, prog_name="python -m registry", standalone_mode=False)
    except click.Abort:
        _fail("stopped", 1)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)  # a page of its own, not a line
        sys.exit(1)
    except click.UsageError as error:
        _fail(f"{error.format_message().rstrip('.')} ({_help(error)} says what it takes)", 1)
    except click.ClickException as error:
        _fail(error.format_message(), 1)
    except ConsentryError as error:
        # Another process may still come or go; for anything else a restart would only hide the line.
        hopeless = error.code == "lease-lost" or (_is_child() and not isinstance(error, UnavailableError))
        _fail(f"{error.detail} ({error.code})", HOPELESS if hopeless else 1)
    except BrokenPipeError:
        # Whoever read our output has gone, as with `| head`.
        os._exit(1)
    except KeyboardInterrupt:
        _fail("stopped", 130)
    except Exception as error:  # noqa: BLE001 - the last stop: people get a line, not a stack
        if is_storage(error):
            _fail(f"{refused().detail} ({refused().code})", 1)
        if os.environ.get("CONSENTRY_TRACE"):
            traceback.print_exc()
        if isinstance(error, OSError) and error.filename is not None:
            _fail(f"{os.fsdecode(error.filename)}: {error.strerror}: name another place, or let this user in", 1)
        _fail(f"{type(error).__name__}: not expected; run it again with CONSENTRY_TRACE=1 to see where", 1)
    sys.exit(code if isinstance(code, int) else 0)


def _help(error: click.UsageError) -> str:
    """The command that shows what this one takes."""
    return f"{error.ctx.command_path if error.ctx else 'python -m registry'} --help"


def _is_child() -> bool:
    return os.environ.get(MARK) == "1"


def _fail(line: str, code: int) -> None:
    Lines(sys.stderr).write(f"registry: {' '.join(line.split())}\n")
    sys.exit(code)
