"""A snapshot in Prometheus' text format."""

from collections.abc import Iterator
from dataclasses import dataclass

from prometheus_client import generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from app.ops.metrics.rules import FAMILIES, Family, Numbers, Snapshot, duration


@dataclass(frozen=True)
class _Snapshots(Collector):
    """Gives prometheus-client our own numbers; its global registry counts nothing here."""

    snapshot: Snapshot

    def collect(self) -> Iterator[Metric]:
        for family in FAMILIES:
            metric = Metric(family.name, family.help, family.kind)
            _fill(metric, family, self.snapshot.families.get(family.name, {}))
            yield metric


def _fill(metric: Metric, family: Family, numbers: Numbers) -> None:
    for values, value in sorted(numbers.items()):
        labels = dict(zip(family.labels, values, strict=True))
        if family.kind != "histogram":
            metric.add_sample(family.exposed[0], labels, value[0] / family.scale)
            continue
        buckets, total = duration(value)
        for bound, count in buckets:
            metric.add_sample(f"{family.name}_bucket", {**labels, "le": bound}, count)
        metric.add_sample(f"{family.name}_sum", labels, total)
        metric.add_sample(f"{family.name}_count", labels, buckets[-1][1])


def render(snapshot: Snapshot) -> bytes:
    """Return every family with its help and type, and its numbers."""
    return generate_latest(_Snapshots(snapshot))
