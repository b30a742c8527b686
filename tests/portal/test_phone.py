"""The hall works on a phone of 390 × 844: filing from the item to the receipt, then the case (GW-05, GW-07)."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.portal.hands import Mouse, arrived
from tests.portal.journey import file_case
from tests.portal.people import People, sign_in


@pytest.mark.rule("GW-05", "GW-07")
def test_a_company_files_on_a_phone(phone: Page, people: People, tmp_path: Path) -> None:
    company = people.company()
    sign_in(phone, company)
    file_case(Mouse(phone), company.firm.code, tmp_path, "样本手机项目")
    Mouse(phone).follow("查看办件")
    arrived(phone, "食品经营许可")
    expect(phone.get_by_role("heading", name="承诺守护")).to_be_visible()
