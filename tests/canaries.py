"""Requests to every operation of the API with a word of the caller's in each place that can hold one."""

from collections.abc import Iterator
from itertools import count
from typing import Any
from uuid import uuid4

import httpx

WORD = "quetzal"
SANE = {"uuid": lambda: str(uuid4()), "date-time": lambda: "2026-03-24T10:00:00Z", "date": lambda: "2026-03-24"}
EVERY_REQUEST = ("User-Agent", "Referer", "Cookie", "X-Forwarded-For", "Accept-Language", "tracestate", "baggage")


class Canaries:
    """Fills requests. `everywhere`: also where the description wants a form that no word has."""

    def __init__(self, document: dict[str, Any], *, everywhere: bool) -> None:
        self._schemas = document["components"]["schemas"]
        self._everywhere = everywhere
        self._number = count()

    def word(self) -> str:
        """Return a word that was in no request yet."""
        return f"{WORD}{next(self._number):05}"

    def fill(self, schema: dict[str, Any]) -> Any:
        """Return a value of a schema, as far as it is simple, with words for its texts."""
        if "$ref" in schema:
            return self.fill(self._schemas[schema["$ref"].rpartition("/")[2]])
        for several in ("anyOf", "oneOf", "allOf"):
            if several in schema:
                return self.fill(next(each for each in schema[several] if each.get("type") != "null"))
        kind = schema.get("type", "string")
        if kind == "object":
            return {name: self.fill(each) for name, each in schema.get("properties", {self.word(): {}}).items()}
        if kind == "array":
            return [self.fill(schema["items"])]
        if kind == "string":
            return self._text(schema)
        return schema.get("default") or schema.get("minimum") or {"boolean": False}.get(kind, 1)

    def _text(self, schema: dict[str, Any]) -> str:
        if not self._everywhere:
            for sane in (schema.get("enum"), [schema["const"]] if "const" in schema else None, schema.get("examples")):
                if sane:
                    return str(sane[0])
            if schema.get("format") in SANE:
                return SANE[schema["format"]]()
        return self.word()


def requests(document: dict[str, Any], *, everywhere: bool) -> Iterator[httpx.Request]:
    """Yield a request for each operation."""
    canaries = Canaries(document, everywhere=everywhere)
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            places: dict[str, dict[str, str]] = {"path": {}, "query": {}, "header": {}}
            for parameter in operation.get("parameters", ()):
                if parameter["name"] != "X-Client-Key":
                    places[parameter["in"]][parameter["name"]] = str(canaries.fill(parameter["schema"]))
            for name in ("Idempotency-Key", "if-match"):
                if name in places["header"]:
                    places["header"][name] = canaries.word()
            headers = {**places["header"], **{name: canaries.word() for name in EVERY_REQUEST}}
            body = operation.get("requestBody", {}).get("content", {}).get("application/json")
            yield httpx.Request(
                method,
                f"http://test{path.format(**places['path'])}",
                params={**places["query"], **({"unknown": canaries.word()} if everywhere else {})},
                headers={**headers, "X-Request-ID": f"{canaries.word()} {canaries.word()}"},
                json=None if body is None else canaries.fill(body["schema"]),
            )
