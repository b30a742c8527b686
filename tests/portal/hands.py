"""What somebody does on a page: follows links, pushes buttons, fills in forms by their labels."""

import re
from pathlib import Path
from typing import Protocol

from playwright.sync_api import Locator, Page, expect

from deploy.visitor import until


def labelled(page: Page, label: str) -> Locator:
    """The field with this label, whether it must be answered (a star) or may be (选填)."""
    fields = page.locator("input, select, textarea")  # a landmark may be called the same
    return fields.and_(page.get_by_label(re.compile(rf"^\s*{re.escape(label)}\s*(\*|\(选填\))?\s*$")))


def arrived(page: Page, title: str) -> None:
    """Wait until the page with this heading is there."""
    expect(page.get_by_role("heading", level=1)).to_contain_text(title)


def reload_until(page: Page, shown: Locator) -> None:
    """Come back to the page until it shows what another service has to hear of first."""
    until(lambda: shown.count() or (page.reload() and shown.count()), f"{shown} on {page.url}")


class Hand(Protocol):
    """The mouse, or the keyboard."""

    page: Page

    def follow(self, name: str) -> None: ...

    def push(self, name: str) -> None: ...

    def fill(self, label: str, text: str) -> None: ...

    def choose(self, label: str) -> None: ...

    def pick(self, label: str, option: str) -> None: ...

    def attach(self, label: str, file: Path) -> None: ...


class Mouse:
    """Somebody who points and clicks, or taps."""

    def __init__(self, page: Page):
        self.page = page

    def follow(self, name: str) -> None:
        """Open a link."""
        self.page.get_by_role("link", name=name, exact=True).click()

    def push(self, name: str) -> None:
        """Push a button."""
        self.page.get_by_role("button", name=name, exact=True).click()

    def fill(self, label: str, text: str) -> None:
        """Replace what is in a field."""
        labelled(self.page, label).fill(text)

    def choose(self, label: str) -> None:
        """Set a choice or a tick."""
        self.page.get_by_label(label, exact=True).check()

    def pick(self, label: str, option: str) -> None:
        """Pick from a list."""
        labelled(self.page, label).select_option(label=option)

    def attach(self, label: str, file: Path) -> None:
        """Choose a file."""
        labelled(self.page, label).set_input_files(file)
