"""Spans without what a caller wrote. Imported only where OpenTelemetry is in use."""

from collections.abc import Sequence
from typing import Any

from opentelemetry.context import Context
from opentelemetry.sdk.trace.sampling import ALWAYS_ON, ParentBased, Sampler, SamplingResult
from opentelemetry.trace import Link, SpanKind, TraceState
from opentelemetry.util.types import Attributes

_KEPT = ("http.request.method", "url.scheme", "network.protocol.", "code.function.")
"""Attributes that are the same for everybody; status and route come later, and are."""


class _Discreet(Sampler):
    """Samples as another does, and keeps of the attributes what is nobody's: this is where a span gets them from."""

    def __init__(self, other: Sampler) -> None:
        self._other = other

    def should_sample(  # noqa: PLR0917 - the signature is OpenTelemetry's
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        trace_state: TraceState | None = None,
    ) -> SamplingResult:
        """Return whether to record a span, with which attributes. A caller's trace state is not passed on."""
        decided = self._other.should_sample(parent_context, trace_id, name, kind, attributes, links)
        kept: dict[str, Any] = {key: value for key, value in (attributes or {}).items() if key.startswith(_KEPT)}
        return SamplingResult(decided.decision, kept)

    def get_description(self) -> str:
        """Return its name."""
        return f"Discreet({self._other.get_description()})"


def discreet() -> Sampler:
    """Return a sampler that records what the caller's trace records, and everything that begins here."""
    return _Discreet(ParentBased(ALWAYS_ON))
