"""Somebody without a mouse: goes on by Tab, sees where the focus is, presses keys."""

from playwright.sync_api import Locator, Page

FURTHEST = 150  # presses of Tab that somebody would bear
FOCUSED = "node => node === document.activeElement"
SHOWN = """node => { const style = getComputedStyle(node);
    return (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== 'none' }"""
SAME_GROUP = """node => node.type === 'radio' && document.activeElement.type === 'radio'
    && node.name === document.activeElement.name"""


class Keyboard:
    """The keys of one page."""

    def __init__(self, page: Page):
        self.page = page

    def reach(self, target: Locator) -> None:
        """Press Tab (inside a group of choices: an arrow) until the target has the focus, and see that it shows."""
        for _ in range(FURTHEST):
            if target.evaluate(FOCUSED):
                assert target.evaluate(SHOWN), f"the focus is not to be seen on {target}"
                return
            self.press("ArrowDown" if target.evaluate(SAME_GROUP) else "Tab")
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
        self.reach(self.page.get_by_label(label, exact=True))
        self.press("Control+A")
        self.page.keyboard.insert_text(text)

    def choose(self, label: str) -> None:
        """Go to a choice or a tick and set it."""
        choice = self.page.get_by_label(label, exact=True)
        self.reach(choice)
        if not choice.is_checked():
            self.press("Space")

    def _enter(self, target: Locator) -> None:
        self.reach(target)
        self.press("Enter")
