"""The vendors' own descriptions of their APIs, and what was captured of them, where they lie beside the project."""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

SHARED = Path(__file__).parents[3] / "shared"
TWILIO, VAPI = "twilio_api_v2010.json", "vapi-openapi.json"


@lru_cache
def description(name: str) -> dict[str, Any]:
    """Return a description; the test is left out where there is none."""
    return _read(SHARED / "specs" / name)


def captured(name: str) -> dict[str, Any]:
    """Return a captured or documented payload; the test is left out where there is none."""
    return _read(SHARED / "payloads" / name)


def _read(path: Path) -> dict[str, Any]:
    if not path.exists():
        pytest.skip(f"{path} is absent")
    read: dict[str, Any] = json.loads(path.read_text())
    return read


def answer_schema(name: str, path: str, method: str, status: int) -> dict[str, Any]:
    """Return the JSON Schema of an answer."""
    spec = description(name)
    content = spec["paths"][path][method]["responses"][str(status)]["content"]["application/json"]
    schema: dict[str, Any] = _as_json_schema(content["schema"])
    if "components" in spec:
        schema["components"] = {"schemas": _as_json_schema(spec["components"].get("schemas", {}))}
    return schema


def _as_json_schema(part: Any) -> Any:
    """Turn OpenAPI 3.0 into JSON Schema, and mend what the descriptions do not mean.

    What is `nullable` may be null. Vapi writes patterns with JavaScript's slashes round them; what Twilio calls an
    address is relative in its own examples.
    """
    if isinstance(part, list):
        return [_as_json_schema(each) for each in part]
    if not isinstance(part, dict):
        return part
    turned = {name: _as_json_schema(value) for name, value in part.items() if name not in ("nullable", "examples")}
    if isinstance(turned.get("pattern"), str):
        turned["pattern"] = turned["pattern"].removeprefix("/").removesuffix("/")
    if turned.get("format") == "uri":
        turned["format"] = "uri-reference"
    return {"anyOf": [turned, {"type": "null"}]} if part.get("nullable") is True else turned
