"""A database that freezes and thaws while orders are given: no transaction of ours stays open in it."""

import pytest

from tests.ops.faults.freezing import drill

pytestmark = [pytest.mark.xdist_group("faults"), pytest.mark.prove]  # once, it stands in the table


@pytest.mark.parametrize("seconds", [0.3, 1.0, 3.0, 6.0])
async def test_freeze_after_freeze_leaves_nothing_open(scene, seconds):
    await drill(scene, freezes=5, seconds=seconds)
