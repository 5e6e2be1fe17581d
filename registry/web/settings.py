"""What the web process must know, validated once and passed in; no default for anything that matters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from registry.errors import ConsentryError

PREFIX = "CONSENTRY_WEB_"


@dataclass(frozen=True, slots=True)
class WebSettings:
    """One web process. `demo_file` is demo.json, only in a demo."""

    database: Path | str  # a file's path, or a URL
    vault_socket: Path
    courier_socket: Path
    public_url: str  # what people and providers reach, without a trailing slash
    demo: bool = False
    demo_file: Path | None = None
    proxies: int = 0  # of ours before it, each of which adds who asked to X-Forwarded-For

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> WebSettings:
        """From `CONSENTRY_WEB_{DATABASE,VAULT_SOCKET,COURIER_SOCKET,PUBLIC_URL}`, `…DEMO` (1), `…DEMO_FILE` and
        `…PROXIES`.

        Raises ConsentryError naming what is missing or no number.
        """
        demo_file = environment.get(PREFIX + "DEMO_FILE")
        return cls(
            _need(environment, "DATABASE"), Path(_need(environment, "VAULT_SOCKET")),
            Path(_need(environment, "COURIER_SOCKET")), _need(environment, "PUBLIC_URL").rstrip("/"),
            demo=environment.get(PREFIX + "DEMO") == "1",
            demo_file=Path(demo_file) if demo_file else None,
            proxies=_count(environment, "PROXIES"),
        )

    def environment(self) -> dict[str, str]:
        """The variables from which `from_environment` makes the same settings."""
        variables = {
            "DATABASE": str(self.database), "VAULT_SOCKET": str(self.vault_socket),
            "COURIER_SOCKET": str(self.courier_socket), "PUBLIC_URL": self.public_url,
            "DEMO": "1" if self.demo else "0", "DEMO_FILE": str(self.demo_file or ""),
            "PROXIES": str(self.proxies),
        }
        return {PREFIX + name: value for name, value in variables.items()}


def _need(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(PREFIX + name)
    if not value:
        raise ConsentryError(f"{PREFIX}{name} is not set: start the web process with `python -m registry web`",
                             code="settings")
    return value


def _count(environment: Mapping[str, str], name: str) -> int:
    value = environment.get(PREFIX + name) or "0"
    if not value.isascii() or not value.isdigit() or len(value) > 1:
        raise ConsentryError(f"{PREFIX}{name} is how many proxies stand before the web process: 0 to 9",
                             code="settings")
    return int(value)
