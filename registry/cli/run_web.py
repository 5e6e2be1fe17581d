"""`web` and its `pump`: the tier that meets the Internet."""

from __future__ import annotations

import importlib
import os
import signal
import threading
import time
from functools import partial
from pathlib import Path

import click
from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels

from registry.children import Child, end_with, no_core_dumps, registry_command
from registry.cli.compare_tend import tend_jobs
from registry.cli.options import data_option, sockets_option
from registry.cli.rebuild import entries_from
from registry.cli.refill import refill
from registry.clients import VaultClient
from registry.errors import UnavailableError
from registry.garbage import collect_rarely, none_while_importing
from registry.logs import configure_logs, hide_traces, level_of, unexpected
from registry.settings import SettingsError, check_demo, load
from registry.store.database import open_engine
from registry.store.schema import upgrade
from registry.store.store import Store
from registry.up import PATIENCE, check_port, say
from registry.vault.clock import wall_now
from registry.web.bodies_first import THREADS
from registry.web.inbox_watch import InboxWatch
from registry.web.pump import Pump
from registry.web.server_logs import server_logs
from registry.web.settings import WebSettings
from registry.web.shared import reserve, share
from registry.web.store_watch import StoreWatch

WORKERS = 2


@click.command()
@data_option
@sockets_option
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(1, 65_535), required=True)
@click.option("--url", help="What people and providers reach, if it is not what consentry.json says.")
@click.option("--demo", is_flag=True, help="Serve a demo log; without it a demo log is refused.")
@click.option("--proxies", type=click.IntRange(0, 9), default=0, envvar="CONSENTRY_WEB_PROXIES", show_default=True,
              help="Proxies of yours before it, each adding to X-Forwarded-For.")
def web(data: Path, sockets: Path, host: str, port: int, url: str | None, demo: bool, proxies: int) -> None:
    """Serve HTTP: two granian workers, and one pump beside them."""
    no_core_dumps()
    configure_logs("web", level_of(os.environ))
    hide_traces()
    settings = load(data)
    check_demo(settings, demo=demo)
    _await_port(host, port)
    web_settings = WebSettings(
        database=settings.web_url, vault_socket=sockets / "vault.sock",
        courier_socket=sockets / "courier.sock", public_url=url or settings.public_url, demo=demo,
        demo_file=settings.demo_file if demo else None, proxies=proxies,
    )
    engine = open_engine(web_settings.database)
    upgrade(engine)
    engine.dispose()  # no connection may cross the fork
    beside = Child("pump", registry_command("pump", "--data", str(data), "--sockets", str(sockets)), say)
    beside.tend(time.monotonic())
    threading.Thread(target=_tend, args=(beside,), daemon=True).start()
    share(settings.web / "metrics", os.environ)
    with none_while_importing():
        importlib.import_module("registry.web.factory")  # once, for all workers; not before the folder is shared
    server = Granian(
        "registry", address=host, port=port, interface=Interfaces.WSGI, workers=WORKERS, blocking_threads=THREADS,
        http=HTTPModes.http1, websockets=False, log_level=LogLevels.error, log_dictconfig=server_logs(),
        respawn_failed_workers=True, respawn_interval=0.5, workers_kill_timeout=int(PATIENCE / 2),
    )
    try:
        # granian forks its workers from this process; each builds its own application after the fork.
        server.serve(target_loader=partial(_worker, web_settings, os.getpid()), wrap_loader=False)
    finally:
        beside.stop(PATIENCE / 2)


@click.command(hidden=True)
@data_option
@sockets_option
def pump(data: Path, sockets: Path) -> None:
    """Carry sealed things between the web database, the courier and the log. Started by `web`, once."""
    no_core_dumps()
    configure_logs("pump", level_of(os.environ))
    hide_traces()
    settings = load(data)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    engine = open_engine(settings.web_url)
    reader = VaultClient(sockets / "vault.sock")
    threading.Thread(
        target=refill, args=(engine, settings.web, lambda after: entries_from(reader, after), stop), daemon=True
    ).start()
    collect_rarely()
    try:
        store, vault = Store(engine), VaultClient(sockets / "vault.sock")
        threading.Thread(target=tend_jobs, args=(store, data, sockets, stop), daemon=True).start()
        inbox, stored = InboxWatch(store, vault, wall_now), StoreWatch(store, vault, wall_now)
        Pump(store, vault, VaultClient(sockets / "courier.sock")).run(
            stop, inbox.look, stored.look)
    finally:
        engine.dispose()


def _await_port(host: str, port: int) -> None:
    """Waits for workers of an earlier life to end. Raises UnavailableError if the port stays taken: try again."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            check_port(host, port)
        except SettingsError as error:
            if time.monotonic() > deadline:
                raise UnavailableError(error.detail) from error
            time.sleep(0.1)
        else:
            return


def _tend(child: Child) -> None:
    # Lives as long as the process: a child's parent-death signal comes when the thread that started it ends.
    while True:
        time.sleep(0.5)
        child.tend(time.monotonic())


def _worker(settings: WebSettings, parent: int):  # type: ignore[no-untyped-def]
    """One worker's application. It ends with its parent, or it would keep the port."""
    # Asked politely, a worker waits for its clients' open connections, and keeps the port as long.
    end_with(parent)
    # Here and not above: its metrics must find the shared folder when they are first imported.
    from registry.web.factory import create_app  # noqa: PLC0415

    try:
        reserve(os.environ, os.getpid())
        return create_app(settings)
    except Exception as error:  # noqa: BLE001 - the last stop of a worker
        # granian would print the whole trace.
        unexpected("web", error)
        raise SystemExit(1) from None
