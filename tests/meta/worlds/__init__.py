"""One world for each service: at least one row of everything that a path can name, all of one owner.

The rows come the way they come in the hall, by events and requests, with the helpers of the services' own tests.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from tests.meta.permissions import World
from tests.meta.worlds.booking import booking
from tests.meta.worlds.catalog import catalog
from tests.meta.worlds.credit import credit
from tests.meta.worlds.feedback import feedback
from tests.meta.worlds.filing import filing
from tests.meta.worlds.identity import identity
from tests.meta.worlds.notifier import notifier
from tests.meta.worlds.supervision import supervision

WORLDS: dict[str, Callable[[Path], AbstractContextManager[World]]] = {
    "identity": identity,
    "catalog": catalog,
    "filing": filing,
    "credit": credit,
    "booking": booking,
    "feedback": feedback,
    "supervision": supervision,
    "notifier": notifier,
}
