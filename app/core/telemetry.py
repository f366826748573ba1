"""Traces and metrics to an OpenTelemetry collector, where `OTEL_EXPORTER_OTLP_ENDPOINT` says so.

FastAPI makes them. Of a request they tell the method, the route's template, the status and the time: paths and
queries hold ids and phone numbers, and are left out before a span begins.
"""

import asyncio
import os
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from threading import Thread
from typing import TYPE_CHECKING, Any

from fastapi.telemetry import TelemetryConfig

from app.core.config import Settings

if TYPE_CHECKING:
    from opentelemetry.sdk.resources import Resource

PROBES = frozenset({"/health/live", "/health/ready", "/health/lb"})
"""Asked every few seconds by machines; there is nothing to learn from them."""

LEAVE_SECONDS = 3.0
"""So long what was measured last has to reach the collector when the process ends."""


def _unwanted(scope: MutableMapping[str, Any]) -> bool:
    return scope.get("path") in PROBES


@dataclass(frozen=True, slots=True)
class Telemetry:
    """How FastAPI is told what to measure, and how that ends."""

    config: TelemetryConfig
    leave: Callable[[], None] | None = None

    async def close(self) -> None:
        """Send what is left, but never wait long for a collector that is gone."""
        if self.leave is not None:
            leaving = Thread(target=self.leave, name="telemetry-end", daemon=True)
            leaving.start()
            await asyncio.to_thread(leaving.join, LEAVE_SECONDS)


def telemetry_of(settings: Settings) -> Telemetry:
    """Return the telemetry of this process; without an endpoint nothing is measured, nor imported."""
    endpoint = (settings.otel_endpoint or "").strip().rstrip("/")
    if not endpoint:
        return Telemetry({"tracing": False, "metrics": False, "logs": False, "auto_configure": False})
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    from app.core.discretion import discreet

    resource = _resource(settings)
    tracer = TracerProvider(resource=resource, sampler=discreet(), shutdown_on_exit=False)
    tracer.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=f"{endpoint}/v1/traces")))
    reader = PeriodicExportingMetricReader(OTLPMetricExporter(endpoint=f"{endpoint}/v1/metrics"))
    meter = MeterProvider([reader], resource=resource, shutdown_on_exit=False)

    def leave() -> None:
        tracer.shutdown()
        meter.shutdown()

    config: TelemetryConfig = {
        "tracer_provider": tracer,
        "meter_provider": meter,
        "logs": False,
        "auto_configure": False,
        "exclude": _unwanted,
    }
    return Telemetry(config, leave)


def _resource(settings: Settings) -> "Resource":
    from opentelemetry.sdk.resources import Resource

    names = {"service.name": "booking", "service.version": settings.commit or "unknown"}
    return Resource.create({**names, "service.instance.id": f"{settings.instance}-{os.getpid()}"})
