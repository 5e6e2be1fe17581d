"""Which witnesses must have cosigned a checkpoint (C2SP tlog-policy): logs, witnesses, groups, one quorum.

    log <vkey> [<url>]
    witness <name> <vkey> [<url>]
    group <name> all|any|<k> <name>…
    quorum <name>|none

Public keys are counted, not names; a name is in one group at most; nothing is named before its line.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from registry.tlog.errors import TlogError
from registry.tlog.note import COSIGNATURE, ED25519, ML_DSA, Verifier, parse_verifier

MAX_FILE = 1_000_000
NONE = "none"
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_BLANK = re.compile(r"[ \t]+")
_COUNT = re.compile(r"[1-9][0-9]{0,5}\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class LogKey:
    """A log whose checkpoints are accepted: the key's name is its origin."""

    verifier: Verifier
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Witness:
    """A witness under the name it has in this file only; `url` is its submission prefix."""

    name: str
    verifier: Verifier
    url: str | None = None

    @property
    def counts(self) -> bool:
        """Whether its cosignatures can be verified here: those of type 06 are understood by nobody yet."""
        return self.verifier.kind == COSIGNATURE


@dataclass(frozen=True, slots=True)
class Group:
    """Satisfied when at least `k` of its members, witnesses or groups named before it, are."""

    name: str
    k: int
    members: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.k} of {len(self.members)} ({' '.join(self.members)})"


@dataclass(frozen=True, slots=True)
class WitnessPolicy:
    """A policy file. `digest` is SHA-256 of its bytes, in hex; `groups` are in the order of the file."""

    log: tuple[LogKey, ...]
    witnesses: tuple[Witness, ...]
    groups: tuple[Group, ...]
    quorum: str
    digest: str

    def satisfied(self, keys: Collection[bytes]) -> bool:
        """Whether cosigners with these public keys are a quorum."""
        if self.quorum == NONE:
            return True
        met = {one.name: one.counts and one.verifier.public in keys for one in self.witnesses}
        for group in self.groups:  # members come before their group
            met[group.name] = sum(met[name] for name in group.members) >= group.k
        return met[self.quorum]

    @property
    def verifiers(self) -> tuple[Verifier, ...]:
        """The keys whose cosignatures count."""
        return tuple(one.verifier for one in self.witnesses if one.counts)

    @property
    def attainable(self) -> bool:
        """False where too many witnesses have keys of a type that is not understood here."""
        return self.satisfied({one.public for one in self.verifiers})

    def __str__(self) -> str:
        """The quorum in words: `none`, a witness's name, or `2 of 3 (a b c)`."""
        return next((str(one) for one in self.groups if one.name == self.quorum), self.quorum)


def parse_policy(text: str | bytes) -> WitnessPolicy:
    """A policy file. Raises TlogError, which names the line, on any deviation from the format."""
    data = text if isinstance(text, bytes) else text.encode("utf-8", "backslashreplace")
    if len(data) > MAX_FILE:
        raise TlogError("the witness policy is too long")
    reading = _Reading()
    # Octets above 7F are opaque to the format, and names are shown: what is no UTF-8 becomes its hex digits.
    for number, line in enumerate(data.decode("utf-8", "backslashreplace").split("\n"), start=1):
        try:
            reading.line(line)
        except TlogError as error:
            raise TlogError(f"line {number} of the witness policy: {error.detail}") from error
    if reading.quorum is None:
        raise TlogError("a witness policy has a quorum line; `quorum none` if nobody need cosign")
    return WitnessPolicy(tuple(reading.logs.values()), tuple(reading.witnesses.values()), tuple(reading.groups),
                         reading.quorum, hashlib.sha256(data).hexdigest())


@dataclass(slots=True)
class _Reading:
    """What the lines so far have said. Logs and witnesses by public key, names of witnesses and groups together."""

    logs: dict[bytes, LogKey] = field(default_factory=dict)
    witnesses: dict[bytes, Witness] = field(default_factory=dict)
    groups: list[Group] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    grouped: set[str] = field(default_factory=set)
    quorum: str | None = None

    def line(self, line: str) -> None:
        if _FORBIDDEN.search(line):
            raise TlogError("no control characters but tab and line feed")
        words = [word for word in _BLANK.split(line) if word]
        if not words or words[0].startswith("#"):
            return
        kinds: dict[str, Callable[[list[str]], None]] = {
            "log": self._log, "witness": self._witness, "group": self._group, "quorum": self._quorum,
        }
        read = kinds.get(words[0])
        if read is None:
            raise TlogError("a line begins with log, witness, group, quorum or #")
        read(words[1:])

    def _log(self, words: list[str]) -> None:
        if len(words) not in (1, 2):
            raise TlogError("log <vkey> [<url>]")
        verifier = _verifier(words[0], (ED25519,), "a log's key is Ed25519 (type 01)")
        if verifier.public in self.logs:
            raise TlogError("this log's public key is in the file already")
        self.logs[verifier.public] = LogKey(verifier, *words[1:])

    def _witness(self, words: list[str]) -> None:
        if len(words) not in (2, 3):
            raise TlogError("witness <name> <vkey> [<url>]")
        verifier = _verifier(words[1], (COSIGNATURE, ML_DSA), "a witness's key is a cosigner's (type 04 or 06)")
        if verifier.public in self.witnesses:
            raise TlogError("this witness's public key is in the file already")
        self._define(words[0])
        self.witnesses[verifier.public] = Witness(words[0], verifier, *words[2:])

    def _group(self, words: list[str]) -> None:
        if len(words) < 3:
            raise TlogError("group <name> all|any|<k> <name>…")
        name, threshold, *members = words
        for member in members:
            if member not in self.names:
                raise TlogError("a group's members are named on lines before it")
            if member in self.grouped:
                raise TlogError("a name is in one group at most, and once")
            self.grouped.add(member)
        self._define(name)
        self.groups.append(Group(name, _threshold(threshold, len(members)), tuple(members)))

    def _quorum(self, words: list[str]) -> None:
        if len(words) != 1:
            raise TlogError("quorum <name>, or quorum none")
        if self.quorum is not None:
            raise TlogError("there is one quorum line")
        if words[0] != NONE and words[0] not in self.names:
            raise TlogError("the quorum is named on a line before it")
        self.quorum = words[0]

    def _define(self, name: str) -> None:
        if name == NONE or name in self.names:
            raise TlogError("a name is used once, and is not `none`")
        self.names.add(name)


def _threshold(text: str, members: int) -> int:
    if text in ("all", "any"):
        return members if text == "all" else 1
    if _COUNT.match(text) is None or int(text) > members:
        raise TlogError("a group asks for all, any, or a number from 1 to that of its members")
    return int(text)


def _verifier(text: str, kinds: tuple[int, ...], expected: str) -> Verifier:
    verifier = parse_verifier(text)
    if verifier.kind not in kinds:
        raise TlogError(expected)
    return verifier
