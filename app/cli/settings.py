"""`booking settings`: every setting with its default, from the class that reads them."""

from datetime import timedelta
from typing import Any

from pydantic_core import PydanticUndefined

from app.core.config import Settings, environment_name


def as_markdown() -> str:
    """Return the table of settings that the README shows."""
    rows = ["| setting | default | meaning |", "|---|---|---|"]
    fields = Settings.model_fields
    # What everybody needs comes first; pydantic gives the parts that are inherited before it.
    for field in sorted(fields, key=lambda name: name not in Settings.__annotations__):
        info = fields[field]
        rows.append(f"| `{environment_name(field)}` | {_default(info.default)} | {info.description} |")
    return "\n".join(rows)


def _default(value: Any) -> str:
    if value is None or value is PydanticUndefined:
        return "unset"
    if isinstance(value, timedelta):
        return f"`{value.total_seconds():g}` s"
    return f"`{value}`"
