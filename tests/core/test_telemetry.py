"""What leaves the process for Sentry and OpenTelemetry: enough to find a fault, nothing that a caller wrote."""

import gzip
import json
import os
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from app.core.config import Settings, SettingsInvalid
from app.core.reporting import Budget, report_failures
from tests.core.failing_request import WORDS
from tests.races.processes import ROOT


class Ingest(ThreadingHTTPServer):
    """Plays Sentry's ingest and a collector: takes everything, and keeps it."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Keeping)
        self.taken = []

    def bodies(self, path):
        return [body for taken, body in self.taken if taken == path]


class Keeping(BaseHTTPRequestHandler):
    server: Ingest

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        self.server.taken.append((self.path, body))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_arguments):
        """Say nothing."""


@pytest.fixture
def ingest():
    with Ingest() as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def run(**environment):
    """Serve the failing request in a fresh process; return the names of its modules, and its log."""
    usual = {"PATH": os.environ["PATH"], "DATABASE_URL": "postgresql://127.0.0.1:1/none", "APP_SECRET_KEY": "0" * 32}
    command = [sys.executable, "-m", "tests.core.failing_request"]
    done = subprocess.run(command, cwd=ROOT, env={**usual, **environment}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split(), done.stderr


@pytest.mark.parametrize(
    "others",
    [{}, pytest.param({"REDIS_URL": "redis://127.0.0.1:1"}, marks=pytest.mark.prove)],
    ids=["alone", "with Redis"],
)
def test_without_their_addresses_neither_is_imported(others):
    modules, log = run(**others)

    assert [name for name in modules if name.startswith(("sentry_sdk", "opentelemetry.sdk", "opentelemetry.exp"))] == []
    assert ("redis" in modules) == ("REDIS_URL" in others)
    assert WORDS.lower() not in log.lower()
    assert '"event":"unexpected_failure"' in log


def test_a_fault_is_told_without_what_the_caller_wrote(ingest):
    address = f"127.0.0.1:{ingest.server_port}"
    _, log = run(
        SENTRY_DSN=f"http://public@{address}/7",
        OTEL_EXPORTER_OTLP_ENDPOINT=f"http://{address}",
        RENDER_GIT_COMMIT="c0ffee",
    )

    assert_failure(*(json.loads(line) for body in ingest.bodies("/api/7/envelope/") for line in body.splitlines()))
    assert_spans(*ingest.bodies("/v1/traces"))
    assert_measured(*ingest.bodies("/v1/metrics"))
    everything = b"\n".join(body for _, body in ingest.taken).lower() + log.lower().encode()
    assert WORDS.lower().encode() not in everything
    assert b"447400123456" not in everything


def assert_failure(*parts):
    events = [part for part in parts if "exception" in part]
    (event,) = [event for event in events if event["tags"]["event"] == "unexpected_failure"]
    assert event["release"] == "c0ffee"
    assert event["tags"]["request_id"]
    cause, failure = event["exception"]["values"]
    assert (cause["type"], cause.get("value")) == ("ValueError", None)
    assert (failure["type"], failure["value"]) == ("RuntimeError", "RuntimeError < ValueError")
    last = failure["stacktrace"]["frames"][-1]
    assert (last["function"], last["module"]) == ("broken", "__main__")
    assert set(last) <= {"filename", "abs_path", "function", "module", "lineno", "in_app"}


def assert_spans(*bodies):
    requests = [ExportTraceServiceRequest.FromString(body) for body in bodies]
    spans = [
        span for each in requests for of in each.resource_spans for scope in of.scope_spans for span in scope.spans
    ]
    assert {"POST /api/bookings", "GET"} <= {span.name for span in spans}
    (booking,) = [span for span in spans if span.name == "POST /api/bookings"]
    attributes = {each.key: each.value.string_value or each.value.int_value for each in booking.attributes}
    assert attributes["http.route"] == "/api/bookings"
    assert attributes["http.response.status_code"] == 500
    assert not {"url.path", "url.query", "server.address"} & set(attributes)


def assert_measured(*bodies):
    requests = [ExportMetricsServiceRequest.FromString(body) for body in bodies]
    scopes = [scope for each in requests for of in each.resource_metrics for scope in of.scope_metrics]
    assert "http.server.request.duration" in {metric.name for scope in scopes for metric in scope.metrics}


def test_an_address_of_sentry_that_is_none_is_refused_without_showing_it():
    with pytest.raises(SettingsInvalid, match="SENTRY_DSN") as refusal:
        report_failures(Settings(sentry_dsn="https://nonsense", _env_file=None))

    assert "nonsense" not in str(refusal.value)


def test_an_address_that_was_left_empty_is_none():
    report_failures(Settings(sentry_dsn="", otel_endpoint="", _env_file=None))


def test_of_thousands_of_failures_a_few_a_minute_are_reported():
    clock = [0.0]
    budget = Budget(3, lambda: clock[0])

    def allowed():
        return [budget.allows() for _ in range(1_000)].count(True)

    counts = [allowed()]
    for clock[0] in (59.9, 60.0, 119.9, 120.0):
        counts.append(allowed())
    assert counts == [3, 0, 3, 0, 3]
