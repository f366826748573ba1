"""Which backup is restored when nobody names one: the newest that nothing is known against."""

from dataclasses import replace

import pytest

from app.ops.backups.errors import BackupNotFound
from app.ops.backups.restores.service.choosing import choose
from tests.ops.backups.picture import kept, proof, tried

OLD, NEW = kept(hours=30), kept(hours=2)


@pytest.mark.parametrize(
    ("newest", "chosen"),
    [
        (NEW, NEW),
        (replace(NEW, proofs=()), NEW),
        (replace(NEW, stored_bytes=None), OLD),
        (replace(NEW, stored_bytes=999), OLD),
        (tried(NEW, proof(NEW.id, level=3, code="artefact_unreadable")), OLD),
        (tried(NEW, proof(NEW.id, level=3, code="artefact_unreadable"), proof(NEW.id, level=1)), OLD),
        (tried(NEW, proof(NEW.id, level=3, code="artefact_unreadable"), proof(NEW.id, level=3)), NEW),
        (replace(NEW, manifest=None, problem="manifest_edited"), OLD),
    ],
    ids=["good", "untried", "lost", "cut", "unreadable", "same by its bytes", "readable again", "edited"],
)
def test_the_latest_is_the_newest_that_nothing_is_known_against(context, newest, chosen):
    assert choose(context, (OLD, newest), "latest", trust=False) == chosen.manifest


def test_where_all_are_bad_the_newest_with_a_manifest_is_tried(context):
    lost = replace(NEW, stored_bytes=None)

    assert choose(context, (lost,), "latest", trust=False) == NEW.manifest


def test_of_nothing_nothing_is_chosen(context):
    with pytest.raises(BackupNotFound):
        choose(context, (), "latest", trust=False)
