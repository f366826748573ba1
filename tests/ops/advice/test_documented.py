"""The handbook names every kind of advice and every reason for none."""

import re
from pathlib import Path
from typing import get_args

from app.ops.advice.rules.advice import Kind

ROOT = Path(__file__).parents[3]
REASON = re.compile(r"""(?:Verdict|NotRead)\(\s*"([a-z_]+)",""")


def test_every_kind_and_every_reason_is_in_the_handbook():
    handbook = (ROOT / "docs" / "operations.md").read_text().partition("## Advice: ")[2].partition("\n## ")[0]
    told = set(re.findall(r"`([a-z_]+)`", handbook))
    reasons = {
        each for path in (ROOT / "app" / "ops" / "advice").rglob("*.py") for each in REASON.findall(path.read_text())
    }

    assert len(reasons) > 15
    assert set(get_args(Kind)) | reasons <= told
