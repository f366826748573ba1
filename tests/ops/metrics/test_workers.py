"""The server processes of one instance share a port, make one answer in which nothing that grows falls, and end."""

import time

import httpx
import pytest

from tests.cli.processes import status
from tests.fixtures.api import OPERATOR_KEY
from tests.ops.metrics.conftest import parse
from tests.races.processes import Web, kill, server_processes

PATIENCE_SECONDS = 60
HEADERS = {"Authorization": f"Bearer {OPERATOR_KEY}", "Connection": "close"}


@pytest.fixture
def web(databases, tmp_path):
    environment = {"OPERATOR_API_KEY": OPERATOR_KEY, "TMPDIR": str(tmp_path)}
    url = databases.create()
    with Web(url, tmp_path / "log", workers=2, environment=environment) as web:
        yield web
    databases.drop(url)


@pytest.fixture
def ask(web):
    """Ask on a connection of its own, so that either process may get it."""
    with httpx.Client(headers=HEADERS, timeout=60) as http:

        def ask(path):
            answer = http.get(f"http://127.0.0.1:{web.port}{path}")
            assert answer.status_code < 500, answer.text
            return answer.text

        yield ask


def until(condition):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def asked(scraped):
    return scraped["http_requests_total"].get(("GET", "/api/clients", "200"), 0)


class Watch:
    """Sees that no counter falls from one answer to the next."""

    def __init__(self, ask):
        self.ask, self.last = ask, {}

    def look(self):
        seen = parse(self.ask("/metrics"))
        counters = {
            (name, labels): value
            for name, numbers in seen.items()
            if name.endswith(("_total", "_bucket", "_count", "_sum"))
            for labels, value in numbers.items()
        }
        fallen = {key: (value, counters.get(key)) for key, value in self.last.items() if counters.get(key, -1) < value}
        assert fallen == {}
        self.last = counters
        return seen


def test_two_processes_are_summed_what_a_dead_one_counted_stays_and_they_end_together(web, ask, tmp_path):
    watch = Watch(ask)
    until(lambda: watch.look()["server_processes"][()] == 2)
    for _ in range(40):
        ask("/api/clients")
        watch.look()
    until(lambda: asked(watch.look()) == 40)
    (shared,) = tmp_path.glob("booking-metrics-*")
    assert shared.stat().st_mode & 0o777 == 0o700

    killed = server_processes(web.pid)[0]
    kill(killed)
    until(lambda: set(server_processes(web.pid)) - {killed} and len(server_processes(web.pid)) == 2)
    until(lambda: len(list(shared.glob("*.json"))) == 3)
    for _ in range(10):
        ask("/api/clients")
        watch.look()
    until(lambda: asked(watch.look()) == 50)

    assert web.stop() == 0
    assert status(web.port) is None
    assert not shared.exists()
    assert [path.name for path in tmp_path.iterdir()] == ["log"]
