"""`init`, `up`, `demo`: make an installation and run it."""

from __future__ import annotations

from pathlib import Path

import click

from registry import up as running
from registry.cli.options import NEW_FILE, data_option
from registry.settings import FILE, Settings, SettingsError, load


@click.command()
@data_option
@click.option("--origin", required=True, metavar="HOST/PATH", help="Name of the log, without a scheme.")
@click.option("--key-file", type=NEW_FILE, required=True, metavar="OUTSIDE",
              help="Where the key-encryption key lies, or is to be written; never inside the data folder.")
@click.option("--officer", "officers", multiple=True, required=True, metavar="PUB",
              help="Public file of `officer keygen`, or OFFICER:KEY; several for several officers.")
@click.option("--public-url", metavar="URL", help="What people and providers reach (https://HOST of the origin).")
def init(data: Path, origin: str, key_file: Path, officers: tuple[str, ...], public_url: str | None) -> None:
    """Make a new installation: keys, an empty log with its genesis, databases."""
    from registry import installing

    settings = installing.initialise(data, origin, key_file, officers, public_url)
    click.echo(f"installed in {settings.data}; the log is {settings.origin}")
    click.echo(f"next: python -m registry up --data {settings.data} --port 8000")


@click.command()
@data_option
@click.option("--port", type=click.IntRange(1, 65_535), default=8000, show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--demo", is_flag=True, help="Serve a demo world; seeds it into a new folder first.")
def up(data: Path, port: int, host: str, demo: bool) -> None:
    """Run web, vault and courier in the foreground; restart one that dies."""
    running.no_core_dumps()
    running.check_port(host, port)
    if demo and not (data / FILE).exists():
        from registry.demo import seeding

        seeding.make_world(data, f"http://{host}:{port}")
    settings = load(data)
    check_demo(settings, demo)
    if demo:
        from registry.demo.card import point_at

        point_at(settings, f"http://{host}:{port}")
    running.run(settings, host, port, running.say)


@click.command()
@click.option("--keep", is_flag=True, help="Leave the temporary folder for a look.")
def demo(keep: bool) -> None:
    """Play the whole story against real processes in a temporary folder."""
    from registry.demo import story

    story.play(keep)


def check_demo(settings: Settings, demo: bool) -> None:
    """Raises SettingsError if a demo installation is to be served as a real one, or the reverse."""
    if settings.demo and not demo:
        raise SettingsError(f"{settings.data} is a demo world: add --demo, or run `init` in another folder")
    if demo and not settings.demo:
        raise SettingsError(f"{settings.data} is a real installation: leave out --demo, or name another folder")
