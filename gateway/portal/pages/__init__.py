"""The pages, one module for each part of the hall; `load` imports them all, which makes their addresses known."""

from importlib import import_module
from pkgutil import iter_modules

from flask import Response

from gateway.portal import guard, screens, verbs
from gateway.portal.page import route, show
from gateway.portal.screens import Screen

SCREENS: list[Screen] = []
_loaded: list[str] = []


def load() -> None:
    """Import every module of this folder, once: pages register themselves, screens and verbs are declared there."""
    if _loaded:
        return
    for module in sorted(found.name for found in iter_modules(__path__)):
        loaded = import_module(f"{__name__}.{module}")
        verbs.declare(getattr(loaded, "VERBS", ()))
        for screen in getattr(loaded, "SCREENS", ()):
            SCREENS.append(screen)
            _register(screen)
        _loaded.append(module)


def _register(screen: Screen) -> None:
    def view(**places: str) -> Response:
        return show("portal/screen.html", screen=screen, parts=screens.read(screen, places), places=places)

    view.__name__ = "screen" + "".join(letter if letter.isalnum() else "_" for letter in screen.address)
    view.__doc__ = screen.title[1]
    guards = {"staff": guard.staff(*screen.roles), "citizen": guard.citizens, "public": lambda page: page}
    route(screen.address)(guards[screen.who](view))


@route("/do/<name>", methods=("GET", "POST"))
@guard.anyone
def do(name: str) -> Response:
    """The page of a verb."""
    return verbs.perform(name, show)
