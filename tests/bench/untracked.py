"""`booking serve` that takes nothing down: no statement, no wait, no request, no line. What tracking is compared with.

    python -m tests.bench.untracked serve --port=...

The service itself has no such switch, for nobody should run it in the dark.
"""

from typing import Any
from unittest.mock import patch

from sqlalchemy.pool import AsyncAdaptedQueuePool

from app.cli import app as command
from app.core.db import create_engine


def create_deaf_engine(settings: Any, *, role: str, **_recorder: Any) -> Any:
    """Return the engine that nobody listens to."""
    return create_engine(settings, role=role)


async def carry_nothing(*_arguments: Any, **_options: Any) -> None:
    """Leave what was counted where it is."""


def main() -> None:
    """Serve without all that measures a request."""
    with (
        patch("app.main.create_engine", create_deaf_engine),
        patch("app.ops.process.Process.flush", carry_nothing),
        patch("app.core.middleware.RequestContext._note", lambda *_arguments: None),
        patch("app.core.tracking.MeasuredPool.connect", AsyncAdaptedQueuePool.connect),
    ):
        command()


if __name__ == "__main__":
    main()
