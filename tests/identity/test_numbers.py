"""Document numbers of people and codes of units."""

from datetime import date

import pytest

from chassis.clock import clock_at
from services.identity import numbers
from tests.identity.conftest import id_no


@pytest.mark.rule("ID-20")
@pytest.mark.parametrize("region", ["120101", "120114", "120116", "120119", "120221", "110101", "659001"])
@pytest.mark.parametrize("birth", ["19490101", "19900315", "20121231"])
def test_numbers_of_today_and_of_old_counties_are_good(region: str, birth: str):
    with clock_at("2026-03-02"):
        found = numbers.id_number("identity_card", id_no(121, birth, region))
    assert found.birth == date(int(birth[:4]), int(birth[4:6]), int(birth[6:])) and found.sex == "male"
    assert found.warnings == ()


@pytest.mark.rule("ID-20")
@pytest.mark.parametrize("region", ["810000", "820000", "830000"])
def test_residence_permits_have_their_own_prefix(region: str):
    with clock_at("2026-03-02"):
        assert numbers.id_number("residence_permit", id_no(122, region=region)).sex == "female"
        with pytest.raises(ValueError, match="region"):
            numbers.id_number("identity_card", id_no(122, region=region))


@pytest.mark.rule("ID-20")
@pytest.mark.parametrize(
    ("number", "why"),
    [
        (id_no(birth="20990101"), "birth"),
        (id_no(birth="19900230"), "birth"),
        (id_no(birth="20260303"), "birth"),
        (id_no(region="990101"), "region"),
        (id_no()[:-1] + ("1" if id_no()[-1] != "1" else "2"), "check"),
        ("1201011990031512", "form"),
        ("12010119900315１23", "form"),
        ("", "form"),
    ],
)
def test_what_is_wrong_is_named(number: str, why: str):
    with clock_at("2026-03-02"), pytest.raises(ValueError, match=why):
        numbers.id_number("identity_card", number)


@pytest.mark.rule("ID-20")
def test_uscc_of_the_standard():
    assert numbers.require_uscc(" 91110000600037341l ") == "91110000600037341L"
