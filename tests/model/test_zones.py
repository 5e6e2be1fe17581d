"""The committed table of zones agrees with the pinned tzdata; regions with one time need no zone named."""

from datetime import UTC, datetime, timedelta
from importlib import resources
from zoneinfo import ZoneInfo

import pytest

from registry.model.shapes import REGION, ZONE
from registry.model.zone_table import ZONES
from registry.model.zones import needs_zone, zone_fits, zones_of_region

YEAR = [datetime(2027, 1, 1, tzinfo=UTC) + timedelta(hours=6 * step) for step in range(4 * 366)]


def zone_tab() -> dict[str, list[str]]:
    text = (resources.files("tzdata") / "zoneinfo" / "zone.tab").read_text("utf-8")
    countries: dict[str, list[str]] = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            country, _, zone, *_ = line.split("\t")
            countries.setdefault(country, []).append(zone)
    return countries


def offsets(zone: str) -> tuple[timedelta | None, ...]:
    rules = ZoneInfo(zone)
    return tuple(moment.astimezone(rules).utcoffset() for moment in YEAR)


def committed() -> dict[str, list[list[str]]]:
    table: dict[str, list[list[str]]] = {}
    for token in ZONES.split():
        if len(token) == 2:
            table[token] = groups = []
        elif token.startswith("="):
            groups[-1].append(token[1:])
        else:
            groups.append([token])
    return table


def test_the_table_holds_exactly_the_zones_of_tzdata() -> None:
    expected = {**zone_tab(), "CN": ["Asia/Shanghai"]}
    table = {country: sorted(zone for group in groups for zone in group) for country, groups in committed().items()}
    assert table == {country: sorted(zones) for country, zones in expected.items()}


def test_zones_are_grouped_exactly_when_they_keep_the_same_time_all_year() -> None:
    for country, groups in committed().items():
        if sum(len(group) for group in groups) > 1:
            kept = [{offsets(zone) for zone in group} for group in groups]
            assert all(len(times) == 1 for times in kept), country
            assert len(set.union(*kept)) == len(groups), country


@pytest.mark.parametrize(("region", "zones"), [
    ("CN", ("Asia/Shanghai",)), ("HK", ("Asia/Hong_Kong",)), ("DE", ("Europe/Berlin",)), ("GB", ("Europe/London",)),
    ("US-MA", ("America/New_York",)), ("US-TN", ("America/New_York", "America/Chicago")),
    ("XK", ("Europe/Belgrade",)), ("CN-XJ", ("Asia/Shanghai",)), ("ZZ", ()), ("", ()), ("us", ()),
])
def test_zones_of_regions(region: str, zones: tuple[str, ...]) -> None:
    assert zones_of_region(region) == zones
    assert needs_zone(region) is (len(zones) != 1)


def test_a_country_with_several_times_needs_one_named_and_so_does_a_part_we_do_not_know() -> None:
    for region in ("US", "AU", "RU", "US-ID", "US-PR", "AU-NSW"):
        assert needs_zone(region)
        assert len(zones_of_region(region)) > 1


def test_every_state_has_a_zone_of_its_country_and_all_states_are_there() -> None:
    states = ("AL AK AZ AR CA CO CT DC DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM "
              "NY NC ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY")
    for state in states.split():
        zones = zones_of_region(f"US-{state}")
        assert 1 <= len(zones) <= 2, state
        assert set(zones) <= set(zones_of_region("US"))


def test_a_zone_fits_a_region_under_any_of_its_names_and_no_other_does() -> None:
    assert zone_fits("US-MI", "America/Detroit")
    assert zone_fits("US", "America/Boise")
    assert zone_fits("CN", "Asia/Shanghai")
    for region, zone in (("CN", "Asia/Urumqi"), ("CN", "America/New_York"), ("US-MA", "America/Chicago"),
                         ("ZZ", "UTC"), ("US", "Mars/Olympus"), ("US", "")):
        assert not zone_fits(region, zone)


def test_every_name_can_stand_in_an_entry() -> None:
    for country, groups in committed().items():
        REGION.check(country, "")
        assert len(zones_of_region(country)) <= 40
        for group in groups:
            for zone in group:
                ZONE.check(zone, "")
