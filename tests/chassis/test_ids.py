"""Identifiers are in order of time, and nobody gets one twice."""

import uuid
from concurrent.futures import ThreadPoolExecutor

from chassis.ids import new_id


def test_an_identifier_is_a_uuid_of_version_7_and_later_ones_sort_after_it() -> None:
    early = uuid.UUID(new_id())
    moment = early.int >> 80
    late = next(found for found in iter(new_id, "") if uuid.UUID(found).int >> 80 > moment)
    assert (early.version, early.variant) == (7, uuid.RFC_4122)
    assert str(early) < late


def test_identifiers_of_one_millisecond_keep_the_order_in_which_they_were_drawn() -> None:
    """Rows that a batch handler writes together are sent in the order of their events."""
    drawn = [new_id() for _ in range(2000)]
    stamps = {one[:13] for one in drawn}
    assert len(stamps) < len(drawn) / 10
    assert [one[:18] for one in drawn] == sorted(one[:18] for one in drawn)


def test_threads_never_share_one() -> None:
    with ThreadPoolExecutor(8) as pool:
        found = [one for many in pool.map(lambda _: [new_id() for _ in range(2000)], range(8)) for one in many]
    assert len(set(found)) == len(found)
