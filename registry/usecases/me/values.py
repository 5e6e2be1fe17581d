"""What a borrower may see of sealed values: last two digits of contacts, own channels masked. The vault decides."""

from __future__ import annotations

import base64

from registry.usecases.ports import Ports
from registry.usecases.sign_in import Session


def shown(ports: Ports, who: Session, subjects: tuple[str, ...]) -> dict[str, dict[str, str]]:
    """Shown values by subject and name: `{contact: {"number": "34"}}`, `{borrower: {<channel>: "•• 34"}}`.

    Nothing for a weak session: a code proves only who holds the telephone.
    """
    if not who.strong or not subjects:
        return {}
    sealed = ports.store.blobs_of(subjects)
    if not sealed:
        return {}
    blobs = {
        subject: {name: base64.b64encode(blob).decode("ascii") for name, blob in named.items()}
        for subject, named in sealed.items()
    }
    found: dict[str, dict[str, str]] = ports.vault.call(
        "own-values", {"session": who.token, "blobs": blobs})["values"]
    return found
