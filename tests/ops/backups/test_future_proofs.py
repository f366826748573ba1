"""A proof from the future: the clock was ahead when it was written, and when that was nobody knows."""

from dataclasses import replace

import pytest

from app.ops.backups.rules.judging import judge
from tests.ops.backups.picture import NOW, Picture, kept, proof

SECOND = 1 / 3600


@pytest.mark.parametrize(("hours", "codes"), [(-300 * SECOND, []), (-301 * SECOND, ["backup_unproven"])])
def test_a_proof_from_the_future_is_none(hours, codes):
    backup = kept(hours=1, level=None)
    shown = replace(backup, proofs=(proof(backup.id, level=3, hours=hours),))

    assert judge(Picture((shown,)).known, now=NOW).codes("critical") == codes
