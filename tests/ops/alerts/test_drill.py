"""The real thing: two server processes, a database that dies and comes back, and a receiver that hears of it once."""

import asyncio
import json
import os
import time as clock
from collections import Counter
from signal import SIGCONT, SIGSTOP

import httpx
import pytest

from tests.ops.alerts.conftest import SECRET
from tests.races.processes import Database, Web, children

KEY = "operator-key-of-the-drill"


async def until(holds, *, seconds):
    deadline = clock.monotonic() + seconds
    while not await holds():
        assert clock.monotonic() < deadline
        await asyncio.sleep(0.5)


def signal_all(database, number):
    """Send a signal to the postmaster and to every process of its own."""
    postmaster = int((database.server.directory / "data" / "postmaster.pid").read_text().split()[0])
    for pid in (postmaster, *children(postmaster)):
        os.kill(pid, number)


def environment_for(receiver):
    return {
        "OPERATOR_API_KEY": KEY,
        "APP_ALERT_WEBHOOK_URL": receiver.url,
        "APP_ALERT_WEBHOOK_SECRET": SECRET,
        "APP_HEARTBEAT_URL": receiver.url.replace("hook", "beat"),
    }


OUTAGES = {
    "killed": (Database.kill, Database.start_again),
    "frozen": (lambda database: signal_all(database, SIGSTOP), lambda database: signal_all(database, SIGCONT)),
}


@pytest.mark.prove
@pytest.mark.timeout(300)
@pytest.mark.parametrize("outage", OUTAGES)
async def test_an_outage_is_told_once_by_two_processes_and_its_end_once(tmp_path, receiver, outage):
    stop, go_on = OUTAGES[outage]
    environment = environment_for(receiver)

    def told(rule):
        found = [json.loads(body) for first, _, body in receiver.taken if first.startswith("POST")]
        return [body["type"] for body in found if body["data"]["rule"] == rule]

    with Database(tmp_path / "postgres", fast=True) as database:
        log = tmp_path / "web.log"
        with Web(database.url, log, workers=2, environment=environment) as web:
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{web.port}", timeout=10) as http:
                headers = {"X-API-Key": KEY}

                async def led():
                    listed = await http.get("/api/alerts", headers=headers)
                    return listed.status_code == 200 and listed.json()["evaluation"]["instance"] is not None

                async def heard(rule, kind):
                    return kind in told(rule)

                await until(led, seconds=40)
                stop(database)
                try:
                    await until(lambda: heard("database_unavailable", "alert.fired"), seconds=60)
                    away = [await http.get("/api/alerts", headers=headers) for _ in range(6)]
                finally:
                    go_on(database)
                await until(lambda: heard("database_unavailable", "alert.resolved"), seconds=90)
                await until(led, seconds=30)
                listed = (await http.get("/api/alerts", headers=headers)).json()

        assert Counter(told("database_unavailable")) == {"alert.fired": 1, "alert.resolved": 1}
        assert {answer.status_code for answer in away} == {200}
        assert {answer.json()["complete"] for answer in away} == {False}
        assert "database_unavailable" in {alert["rule"] for alert in listed["resolved"]}
        assert any("beat" in first for first, _, _ in receiver.taken)
