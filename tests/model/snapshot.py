"""The released kinds of entries, pinned: `python -m tests.model.snapshot` adds new kinds, changes nothing."""

import json
import sys
from pathlib import Path
from typing import Any

from registry.model.catalogue import KINDS
from registry.model.kinds import Kind
from registry.model.shapes import Optional

FILE = Path(__file__).with_name("kinds.snapshot.json")


def described(kind: Kind) -> dict[str, Any]:
    """What a kind promises to whoever holds an old log. A member that may be absent ends in `?`."""
    members = {
        name: f"{field.shape.name}?" if isinstance(field, Optional) else field.name
        for name, field in sorted(kind.fields.items())
    }
    return {"authority": kind.authority.name, "directory": kind.directory, "filed_under": list(kind.filed_under),
            "members": members, "restricting": kind.restricting}


def current() -> dict[str, Any]:
    """Every kind as the code has it now."""
    return {name: described(kind) for name, kind in sorted(KINDS.items())}


def pinned() -> dict[str, Any]:
    """Every kind as it was released."""
    released: dict[str, Any] = json.loads(FILE.read_text("utf-8"))
    return released


def differences(released: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """In what the kinds of now break the promise of the released ones."""
    gone = [f"{name} is gone" for name in released if name not in now]
    return gone + [
        f"{name}: {part} changed" for name, kind in released.items() if name in now
        for part in kind if now[name].get(part) != kind[part]
    ]


def main() -> int:
    released = pinned() if FILE.exists() else {}
    broken = differences(released, current())
    if broken:
        sys.stderr.write("\n".join([*broken, "make a new version of the kind instead", ""]))
        return 1
    text = json.dumps({**current(), **released}, indent=1, sort_keys=True, ensure_ascii=False)
    FILE.write_text(text + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
