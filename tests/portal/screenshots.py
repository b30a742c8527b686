"""`make screenshots`: pictures of the main pages for the documents, taken from a demo hall started for that."""

import io
import tempfile
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from deploy import story
from tests.portal.browser import DESKTOP, PHONE, chromium, open_context
from tests.portal.people import People, sign_in
from tests.system.hall import RealHall

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "screens"
LARGEST = 200 * 1024  # bytes


@dataclass(frozen=True)
class Screen:
    """One picture."""

    name: str
    path: str
    size: tuple[int, int] = DESKTOP
    who: str = ""  # person, company, or the account of a staff member; nobody is logged in when empty


SCREENS = (
    Screen("home", "/"),
    Screen("home-phone", "/", PHONE),
    Screen("home-english", "/?lang=en"),
    Screen("interfaces", "/api/docs"),
)


def main() -> None:
    """Start a hall, take the pictures, write them small."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="ywt-screens-") as var, RealHall(Path(var)) as hall, chromium() as browser:
        story.office_hours(hall.door)
        people = People(hall)
        for screen in SCREENS:
            context = open_context(browser, hall.door.gateway, screen.size)
            page = context.new_page()
            if screen.who:
                known = {"person": people.person, "company": people.company}
                sign_in(page, known[screen.who]() if screen.who in known else people.staff(screen.who))
            page.goto(screen.path, wait_until="load")
            picture = small(page.screenshot(animations="disabled"))
            (FOLDER / f"{screen.name}.png").write_bytes(picture)
            print(f"{screen.name}.png {len(picture) / 1024:.0f} KB", flush=True)
            context.close()


def small(picture: bytes) -> bytes:
    """The same picture in as many colours as keep it below the limit."""
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    for colours in (256, 128, 64, 32):
        packed = io.BytesIO()
        image.quantize(colours, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(
            packed, "PNG", optimize=True
        )
        if packed.tell() < LARGEST:
            break
    return packed.getvalue()


if __name__ == "__main__":
    main()
