"""What Twilio's own pages and tests show, read where it lies."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

PAYLOADS = Path(__file__).parents[4] / "shared" / "payloads"


@pytest.fixture
def payload() -> Callable[[str], Any]:
    """Read a payload of others by its name."""

    def read(name: str) -> Any:
        path = PAYLOADS / f"{name}.json"
        if not path.exists():
            pytest.skip(f"{path} is not here: it is not part of this repository")
        return json.loads(path.read_text())

    return read
