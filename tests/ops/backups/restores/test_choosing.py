"""Which backup `latest` is: the newest of which nothing bad is known, by its proofs and by the listing."""

from dataclasses import replace
from typing import Any

from app.ops.backups.restores.service.choosing import choose
from tests.ops.backups.picture import kept, proof

GOOD = kept(hours=48)


NO_STORE: Any = None
"""It is asked for a manifest that was sealed elsewhere only."""


def latest(*backups):
    return choose(NO_STORE, backups, "latest", trust=False).id


def test_a_failed_drill_stands_also_after_a_weaker_verification_passed():
    bad = kept(hours=1, level=None)
    tried = (proof(bad.id, level=4, code="rows_differ"), proof(bad.id, level=1))

    assert latest(GOOD, replace(bad, proofs=tried)) == GOOD.id


def test_one_whose_dump_the_listing_shows_gone_or_cut_is_not_chosen():
    newest = kept(hours=1)

    assert latest(GOOD, newest) == newest.id
    assert latest(GOOD, replace(newest, stored_bytes=None)) == GOOD.id
    assert latest(GOOD, replace(newest, stored_bytes=10)) == GOOD.id


def test_where_all_are_bad_the_newest_is_named_so_that_its_failure_is():
    newest = replace(kept(hours=1), stored_bytes=None)

    assert latest(replace(GOOD, stored_bytes=None), newest) == newest.id
