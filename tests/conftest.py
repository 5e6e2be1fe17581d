"""For every test: properties are judged by what they find, never by how long a busy machine takes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests import postgresql

settings.register_profile("consentry", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("consentry")

BROWSER = "tests/browser/"


def pytest_configure() -> None:
    """Before there are workers: all of them share one PostgreSQL server, if any needs one."""
    postgresql.announce()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """With -n: a file runs in one worker, so that what its tests share is made once; tests/browser is as one file."""
    if config.getoption("dist") != "load":
        return None  # somebody asked for another way
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            return BROWSER if nodeid.startswith(BROWSER) else nodeid.split("::", 1)[0]

    return ByFile(config, log)
