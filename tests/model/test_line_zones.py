"""Where a telephone line may ring: by its area code where the region keeps several times."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import phonenumbers
import pytest

from registry.model.line_zones import _AREAS, zones_of_line
from registry.model.zones import zones_of_region


@pytest.mark.parametrize(("e164", "zones"), [
    ("+12125550100", ("America/New_York",)),
    ("+13125550100", ("America/Chicago",)),
    ("+13035550100", ("America/Denver",)),
    ("+16025550100", ("America/Phoenix",)),
    ("+14155550100", ("America/Los_Angeles",)),
    ("+18085550100", ("Pacific/Honolulu",)),
    ("+18505550100", ("America/New_York", "America/Chicago")),
    ("+14485550100", ("America/New_York", "America/Chicago")),
])
def test_an_area_code_of_the_united_states_says_where_its_lines_ring(e164: str, zones: tuple[str, ...]) -> None:
    assert zones_of_line(e164, "US") == zones


@pytest.mark.parametrize("e164", ["+18005550100", "+19995550100", "+15005550006"])
def test_a_code_that_says_nothing_may_ring_anywhere_in_the_country(e164: str) -> None:
    assert zones_of_line(e164, "US") == zones_of_region("US")
    assert len(zones_of_region("US")) == 8


@pytest.mark.parametrize(("e164", "region", "zones"), [
    ("+442079460000", "GB", ("Europe/London",)), ("+447700900000", "GB", ("Europe/London",)),
    ("+441481960000", "GG", ("Europe/Guernsey",)), ("+8610000000001", "CN", ("Asia/Shanghai",)),
    ("+870773111632", None, ()),
])
def test_elsewhere_the_region_says_it(e164: str, region: str | None, zones: tuple[str, ...]) -> None:
    assert zones_of_line(e164, region) == zones


def test_each_code_stands_once_is_of_the_united_states_and_has_only_its_zones() -> None:
    codes = [code for _, some in _AREAS for code in some.split()]
    assert len(codes) == len(set(codes)) == 359
    assert {zone for zones, _ in _AREAS for zone in zones} == set(zones_of_region("US"))
    for code in codes:
        number = phonenumbers.parse(f"+1{code}5550100")
        assert phonenumbers.region_code_for_number(number) in ("US", None), code
    assert all(ZoneInfo(zone) for zones, _ in _AREAS for zone in zones)
