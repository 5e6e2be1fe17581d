"""The packs and derogations that a log has in force, for `packs show --log`: verified, then folded."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import click

from registry.audit.verify import verified_leaves
from registry.cli.log_reading import opened, progress
from registry.errors import NotFoundError
from registry.model.entries import entry_of
from registry.model.times import stamp
from registry.policy import Directory, Pack
from registry.policy.derogations import NAME, Derogation, in_force
from registry.policy.pack import FLOOR
from registry.policy.parameters import BY_NAME
from registry.shipped import shipped_packs
from registry.texts.pack_words import sentence

OPTIONS = (
    click.option("--log", metavar="URL|DIR", help="As in force in this log, derogations too, not as shipped."),
    click.option("--key", metavar="VKEY", help="That log's verifier key."),
    click.option("--token", metavar="T", envvar="CONSENTRY_TOKEN", show_envvar=True,
                 help="For the entries of a served log (scope entries:read)."),
    click.option("--lender", metavar="ID", help="Whose derogations hold, beside those for the pack."),
)


WORDS = {
    "en": {"granted": "{whom}; from {since} until {until}; granted by {officers}", "lender": "for the lender {}",
           "pack": "beside the pack {}"},
    "zh": {"granted": "{whom}；自 {since} 至 {until}；签署：{officers}", "lender": "适用于出借方 {}",
           "pack": "与规则包 {} 一并适用时"},
}


@dataclass(frozen=True, slots=True)
class Known:
    """Packs by name, the derogations in force beside the one that is shown, and which officers signed each, by id."""

    packs: dict[str, Pack]
    derogations: tuple[Derogation, ...] = ()
    signers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def granted(self) -> list[dict[str, Any]]:
        """Those derogations as a program reads them; the reason of each is sealed, and in no log."""
        return [
            {**one.name.value(), "derogation": one.id, "parameter": one.parameter,
             "value": BY_NAME[one.parameter].show(one.value),
             **({"pack": one.pack} if one.lender is None else {"lender": one.lender}),
             "effective_from": stamp(one.since), "until": stamp(one.until), "signers": list(self.signers[one.id])}
            for one in self.derogations
        ]

    def in_words(self, language: str) -> Iterator[str]:
        """The same for people, two lines each."""
        said = WORDS[language]
        for one, shown in zip(self.derogations, self.granted(), strict=True):
            whom = said["lender"].format(one.lender) if one.pack is None else said["pack"].format(one.pack)
            yield f"{NAME}@{one.name.version}: {sentence(one.parameter, one.value, language)}"
            yield "    " + said["granted"].format(
                whom=whom, since=shown["effective_from"], until=shown["until"], officers=", ".join(shown["signers"]))


def which_log(command: Callable[..., None]) -> Callable[..., None]:
    """Which log, where it is one; handed on as `log`, `key`, `token` and `lender`."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


def known(name: str, options: dict[str, Any]) -> Known:
    """What is shipped, or what is in force at the end of a log. Raises NotFoundError for a pack that is not there,
    TlogError for a log that does not verify."""
    if options["log"] is None:
        found = Known({one.id.name: one.pack for one in shipped_packs().values()})
    else:
        if options["key"] is None:
            raise click.UsageError("--log is read with its --key")
        with progress("Reading") as bar, opened(options["log"], options["token"]) as reader:
            found = _of_log(verified_leaves(reader, options["key"], None, bar), name, options["lender"])
    if name not in found.packs:
        raise NotFoundError(f"no such pack: there are {', '.join(sorted(found.packs))}")
    return found


def _of_log(leaves: Iterable[bytes], name: str, lender: str | None) -> Known:
    directory, at = Directory(), 0
    signers: dict[str, tuple[str, ...]] = {}
    for index, leaf in enumerate(leaves):
        entry = entry_of(index, leaf)
        directory.fold(entry)
        at = entry.at
        if entry.kind == "derogation-granted/1":
            signers[entry.body["derogation"]] = tuple(one["officer"] for one in entry.auth if "officer" in one)
    packs = {one: pack for one in directory.packs if (pack := directory.pack_at(one, at)) is not None}
    floor = packs.get(FLOOR)
    granted = () if floor is None else in_force(directory.derogations, at, floor, lender, (name,))
    return Known(packs, granted, signers)
