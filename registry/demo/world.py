"""`up --demo`: makes a demo world in a new folder, all or nothing."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from registry.demo import seed
from registry.settings import DEMO_PREFIX, SettingsError

ORIGIN = DEMO_PREFIX + "consentry"


def make(data: Path, url: str, **databases: str | None) -> None:
    """Seeds a world beside `data` and moves it there when it is whole. Raises SettingsError if something is there.

    `databases`: `web_database` and `vault_database`, empty ones; files in the folder if not given.
    """
    data = data.resolve()
    if data.exists() and any(data.iterdir()):
        raise SettingsError(f"{data} is not empty and holds no installation: name another folder with --data")
    data.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=f".{data.name}-", dir=data.parent))
    try:
        bar = Progress(
            TextColumn("Making a demo world"), BarColumn(), TextColumn("{task.completed}/{task.total}"),
            TimeRemainingColumn(), console=Console(stderr=True), transient=True,
        )
        with bar:
            task = bar.add_task("seed", total=None)
            seed.seed(part, data, ORIGIN, url, lambda done, total: bar.update(task, completed=done, total=total),
                      **databases)
        if data.exists():
            data.rmdir()
        part.rename(data)
    finally:
        if part.exists():
            shutil.rmtree(part)
