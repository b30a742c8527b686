"""The hall works by keyboard alone, and the focus shows all the way: filing from the item to the receipt (GW-10)."""

from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.portal.journey import file_case
from tests.portal.keyboard import Keyboard
from tests.portal.people import People, sign_in


@pytest.mark.rule("GW-10")
def test_a_company_files_by_keyboard(page: Page, keyboard: Keyboard, people: People, tmp_path: Path) -> None:
    company = people.company()
    sign_in(page, company)
    assert file_case(keyboard, company.firm.code, tmp_path, "样本键盘项目").isdigit()
