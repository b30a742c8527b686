"""Somebody without a mouse: goes on by Tab, sees where the focus is, presses keys."""

from pathlib import Path

from playwright.sync_api import Locator, Page

from tests.portal.hands import labelled

FURTHEST = 150  # presses of Tab that somebody would bear
SHOWN = """node => { const style = getComputedStyle(node);
    return (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== 'none' }"""
NEXT_KEY = """node => { const now = document.activeElement, start = now === document.body;
    if (node === now) return null;
    if (start && node.closest('#main') && document.querySelector('a.skip')) return 'skip';
    return node.type === 'radio' && now.type === 'radio' && node.name === now.name ? 'ArrowDown' : 'Tab' }"""


class Keyboard:
    """The keys of one page."""

    def __init__(self, page: Page):
        self.page = page

    def reach(self, target: Locator) -> None:
        """Press Tab (inside a group of choices: an arrow) until the target has the focus, and see that it shows."""
        for _ in range(FURTHEST):
            key = target.evaluate(NEXT_KEY)
            if key is None:
                assert target.evaluate(SHOWN), f"the focus is not to be seen on {target}"
                return
            self.press(*(("Tab", "Enter") if key == "skip" else (key,)))  # who comes to a page skips its head
        raise AssertionError(f"{FURTHEST} presses of Tab do not reach {target}")

    def press(self, *keys: str) -> None:
        """Press keys, one after the other."""
        for key in keys:
            self.page.keyboard.press(key)

    def follow(self, name: str) -> None:
        """Go to a link and open it."""
        self._enter(self.page.get_by_role("link", name=name, exact=True))

    def push(self, name: str) -> None:
        """Go to a button and push it."""
        self._enter(self.page.get_by_role("button", name=name, exact=True))

    def fill(self, label: str, text: str) -> None:
        """Go to a field, replace what is in it."""
        self.reach(labelled(self.page, label))
        self.press("Control+A")
        self.page.keyboard.insert_text(text)

    def choose(self, label: str) -> None:
        """Go to a choice or a tick and set it."""
        choice = self.page.get_by_label(label, exact=True)
        self.reach(choice)
        if not choice.is_checked():
            self.press("Space")

    def pick(self, label: str, option: str) -> None:
        """Go to a list and press the arrow until the option is picked."""
        field = labelled(self.page, label)
        self.reach(field)
        self.press("Home")
        for _ in range(field.locator("option").count()):
            if field.locator("option:checked").inner_text() == option:
                return
            self.press("ArrowDown")
        raise AssertionError(f"{label} does not offer {option}")

    def attach(self, label: str, file: Path) -> None:
        """Go to a field for a file and choose one; the chooser itself is the system's, not the page's."""
        field = labelled(self.page, label)
        self.reach(field)
        field.set_input_files(file)

    def _enter(self, target: Locator) -> None:
        self.reach(target)
        self.press("Enter")
