"""Whatever the number: one wrong sign, two swapped neighbours, and both checks notice (ID-20)."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import uscc as stdnum_uscc

from chassis.clock import clock_at
from services.identity import numbers
from tests.identity.conftest import id_no

SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100: no I, O, S, V, Z
REGIONS = st.sampled_from(["120101", "120116", "110101", "310115", "500101", "659001"])
BIRTHS = st.dates(date(1880, 1, 1), date(2026, 3, 2)).map(lambda day: day.strftime("%Y%m%d"))
PEOPLE = st.builds(id_no, st.integers(1, 999), BIRTHS, REGIONS)
UNITS = st.builds(
    lambda body: body + stdnum_uscc.calc_check_digit(body),
    st.builds("91{}{}".format, REGIONS, st.text(SIGNS, min_size=9, max_size=9)),
)


def accepted(number: str) -> bool:
    """Whether the card number passes on 2 March 2026."""
    with clock_at("2026-03-02"):
        try:
            return numbers.id_number("identity_card", number).number == number
        except ValueError:
            return False


def swapped(text: str, place: int) -> str:
    """The text with two neighbours changed about."""
    return text[:place] + text[place + 1] + text[place] + text[place + 2 :]


@pytest.mark.rule("ID-20")
@given(PEOPLE, st.integers(0, 17), st.sampled_from("0123456789X"), st.integers(0, 16))
def test_a_card_number_with_one_slip_of_the_pen_is_refused(number: str, place: int, sign: str, pair: int) -> None:
    assert accepted(number)
    if number[place] != sign:
        assert not accepted(number[:place] + sign + number[place + 1 :])
    if number[pair] != number[pair + 1]:
        assert not accepted(swapped(number, pair))


@pytest.mark.rule("ID-20")
@given(UNITS, st.integers(0, 17), st.sampled_from(SIGNS), st.integers(0, 16))
def test_a_credit_code_with_one_slip_of_the_pen_is_refused(code: str, place: int, sign: str, pair: int) -> None:
    assert numbers.uscc_is_valid(code)
    if code[place] != sign:
        assert not numbers.uscc_is_valid(code[:place] + sign + code[place + 1 :])
    if code[pair] != code[pair + 1]:
        assert not numbers.uscc_is_valid(swapped(code, pair))


@pytest.mark.rule("ID-20")
@given(st.text(max_size=30))
def test_no_text_at_all_breaks_the_checks(text: str) -> None:
    assert not accepted(text) or len(text.strip()) == 18
    assert not numbers.uscc_is_valid(text) or len(text.strip()) == 18
    assert isinstance(numbers.luhn(text), bool)
