"""The hall works without script: filing from the item to the receipt, and a refusal that says what to do (GW-10)."""

from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.portal.hands import Mouse
from tests.portal.journey import file_case
from tests.portal.people import People, sign_in


@pytest.mark.rule("GW-10")
def test_a_company_files_without_script(plain: Page, people: People, tmp_path: Path) -> None:
    company = people.company()
    sign_in(plain, company)
    assert file_case(Mouse(plain), company.firm.code, tmp_path, "样本无脚本项目").isdigit()
