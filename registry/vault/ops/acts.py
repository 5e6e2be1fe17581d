"""`append`: entries that others make, officers, the courier, lenders and whoever only tightens."""

from __future__ import annotations

from hashlib import sha256

from registry.errors import ConflictError
from registry.model.alarms import MOST_TOLD
from registry.model.catalogue import KINDS
from registry.model.catalogue.evidence import ATTEMPTS
from registry.model.entries import draft_of
from registry.model.shapes import ID_SHAPE, Optional, integer, listing, struct, text, words
from registry.model.times import stamp
from registry.vault import stored
from registry.vault.arguments import INDEX, OBJECT, Args, base64_of
from registry.vault.chores import do_chores
from registry.vault.desk import Answer, Desk, show
from registry.vault.keys.keyring import ADDRESS, NOTE
from registry.vault.ops.table import IDEMPOTENT, Op, always
from registry.vault.watching import called_unreleased, inbox_waits, unlawful


def append(desk: Desk, args: Args, at: int) -> Answer:
    """One entry. The same bytes under the same id again: the entry it already is, `fresh` false."""
    draft = draft_of(args["entry"])
    size = desk.log.size
    try:
        entry = desk.write(draft, at, made_here=False)
    except ConflictError as error:
        if error.code != "attempt-sequence-conflict":
            raise
        # A lie about the sequence is refused and remembered: somebody has to look at that provider.
        alarm = desk.make("alarm-raised/1", {"alarm": error.code, "provider": draft.body["provider"]}, at)
        answer = desk.answer([alarm])
        answer.refusal = error
        return answer
    fresh = entry.index >= size
    told = [*unlawful(desk, entry), *called_unreleased(desk, entry)] if fresh and entry.kind in ATTEMPTS else []
    return desk.answer([entry, *told], logged_at=stamp(entry.at), fresh=fresh)


def seal_note(desk: Desk, args: Args, at: int) -> Answer:
    """An officer's note, a person's complaint, or the address of a resolution: a salted commitment for the entry, the
    words sealed to keep, for that use alone. `mark`: the same of the same words, a guess at which it does not confirm
    without our key."""
    salt = desk.random(32)
    said = args["text"].encode()
    blob = desk.keys.seal_own(salt + said, USES[args.get("use", "note")])
    mark = desk.keys.fingerprint(["words", args.get("use", "note"), args["text"]])
    return Answer({"commitment": sha256(salt + said).hexdigest(), "blob": base64_of(blob), "mark": mark.hex()})


USES = {"note": NOTE, "address": ADDRESS}
SOME = listing(ID_SHAPE, MOST_TOLD)
ADDED = struct({"rows": integer(1, 2**53 - 1), "of": SOME})
WORDS = text(r"(?s:.{1,1500})", "words")  # with salt and in base64 they fit a sealed value


def restricts(args: Args) -> bool:
    """Whether the entry in an `append` is of a restricting kind."""
    entry = args.get("entry")
    kind = KINDS.get(str(entry.get("kind"))) if isinstance(entry, dict) else None
    return kind is not None and kind.restricting


def keep_house(desk: Desk, args: Args, at: int) -> Answer:
    """What the vault does unasked, as of now; whoever asks only makes it happen sooner.

    `inbox_ms`: for how long a provider's report has waited in the web tier, which alone can know. `changed`,
    `absent`: the entries that register something else than it holds, and those of which it lacks a sealed value.
    `added`: how many rows it holds that no entry made, and the borrowers and contacts whom they name.
    """
    done = [*do_chores(desk, at), *inbox_waits(desk, at, args.get("inbox_ms", 0)),
            *stored.told(desk, at, args.get("changed", []), args.get("absent", [])),
            *(stored.added(desk, at, args["added"]["rows"], args["added"]["of"]) if "added" in args else [])]
    return Answer({"entries": [show(entry) for entry in done]})


def _look_at_clocks(desk: Desk, args: Args) -> None:
    # Ahead of the round's stamp: nothing is stamped while the log clock runs behind.
    desk.watch.look(desk.clock)


ACTS = {
    "keep-house": Op({
        "inbox_ms": Optional(INDEX), "changed": Optional(SOME), "absent": Optional(SOME),
        "added": Optional(ADDED),
    }, write=keep_house, before=_look_at_clocks, restricts=always),
    "append": Op({"entry": OBJECT, **IDEMPOTENT}, write=append, restricts=restricts),
    "seal-note": Op({"text": WORDS, "use": Optional(words(*USES))}, write=seal_note, restricts=always),
}
