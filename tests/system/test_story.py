"""The whole story, as `make demo` plays it."""

from __future__ import annotations

from tests.system.world import registry


def test_the_story_holds_from_refusal_to_proof() -> None:
    done = registry("demo")
    assert done.returncode == 0, done.stdout[-1500:] + done.stderr[-1500:]
    for step in ("is refused with what to do next", "forged report counts nothing", "must be told", "Seven days pass",
                 "First the gentler way", "An officer approves", "the number leaves", "are told of the use",
                 "An auditor checks", "The contact withdraws"):
        assert step in done.stdout
    assert "registry audit replay: ok" in done.stdout
    assert done.stdout.rstrip().endswith("The story holds.")
