"""Identifiers that grow."""

import time
from uuid import RFC_4122

from app.core.ids import new_id


def test_ids_of_one_process_grow_even_within_a_millisecond() -> None:
    made = [new_id() for _ in range(10_000)]

    assert made == sorted(made)
    assert len(set(made)) == len(made)


def test_an_id_is_a_version_7_uuid_of_its_millisecond() -> None:
    before = time.time_ns() // 1_000_000
    identifier = new_id()

    assert (identifier.version, identifier.variant) == (7, RFC_4122)
    assert before <= identifier.int >> 80 <= time.time_ns() // 1_000_000 + 100
