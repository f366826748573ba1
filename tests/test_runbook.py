"""What the runbook and our own pages tell people to type works, against a live service."""

import json
import re
import subprocess
from pathlib import Path

import asyncpg
import httpx
import pytest

from app.core.clock import iso
from tests.cli.inside import run
from tests.races.processes import Web, dsn_of
from tests.shell import path_of

ROOT = Path(__file__).parents[1]
RUNBOOK = ROOT.parent / "shared" / "runbook.md"
ITS_HOST = "https://ai-booking-mvp.onrender.com"
KEY = "operator-key-of-the-runbook"
ELSEWHERE = {"recovery", "sandbox", "voice"}
NUMBER = (int, float)

DOCUMENTED = {
    "/health/lb": {"status": str, "uptime": NUMBER, "timestamp": str},
    "/api/health/detailed": {
        "healthy": bool,
        "overall": str,
        "timestamp": str,
        "database": {"status": str, "pool": {"active": int, "max": int, "utilization": NUMBER}},
        "services": {"twilio": str, "vapi": str, "googleCalendar": str},
    },
    "/api/database/connection-limit": {
        "success": bool,
        "maxConnections": int,
        "currentConnections": int,
        "connectionsByState": [{"state": str, "count": int}],
        "utilization": str,
        "timestamp": str,
    },
    "/api/performance/queries/slow": {
        "ok": bool,
        "slowQueries": [
            {
                "hash": str,
                "preview": str,
                "avgDuration": NUMBER,
                "maxDuration": NUMBER,
                "callCount": int,
                "lastExecuted": str,
            }
        ],
        "count": int,
        "threshold": NUMBER,
        "timestamp": str,
    },
    "/api/performance/queries/stats": {
        "ok": bool,
        "stats": {
            "totalQueries": int,
            "slowQueries": int,
            "criticalQueries": int,
            "avgDuration": NUMBER,
            "maxDuration": NUMBER,
            "totalCalls": int,
        },
        "thresholds": {"slow": NUMBER, "critical": NUMBER},
    },
    "/api/performance/queries/recommendations": {
        "ok": bool,
        "recommendations": [
            {"queryHash": str, "queryPreview": str, "avgDuration": NUMBER, "callCount": int, "suggestions": [str]}
        ],
        "count": int,
    },
    "/api/cache/stats": {
        "success": bool,
        "size": int,
        "maxSize": int,
        "hits": int,
        "misses": int,
        "sets": int,
        "deletes": int,
        "hitRate": str,
        "memoryUsage": str,
    },
    "/api/rate-limit/status": {
        "ok": bool,
        "identifier": str,
        "limits": dict,
        "systemStats": {"totalEntries": int, "activeWindows": int},
        "timestamp": str,
    },
    "/api/backup-status": {
        "ok": bool,
        "status": str,
        "message": str,
        "details": {
            "databaseAccessible": bool,
            "recentActivity": bool,
            "hasAnyData": bool,
            "hasActiveClients": bool,
            "totalClients": int,
            "hasPendingWork": bool,
        },
        "timestamp": str,
    },
}
"""The members that the runbook's system documented, with their types; a list of one says what its items are."""

TEXT = RUNBOOK.read_text() if RUNBOOK.exists() else ""
PATHS = sorted({*re.findall(r"(?m)^\s*GET (/\S+)$", TEXT), *re.findall(r"(?m)^- `(/\S+)` - ", TEXT)})
BLOCK = re.compile(r"(?ms)^( *)```(?:bash|sh)\n(.*?)^\1```$")
LINES = [
    line
    for _, block in BLOCK.findall(TEXT)
    for line in block.replace("\\\n", " ").splitlines()
    if line.startswith("curl ")
]
READS_THE_RUNBOOK = pytest.mark.skipif(not TEXT, reason="the runbook does not lie beside the project")


def blocks():
    """Every block with curl of our own pages, save for pages whose examples have a test of their own (`ELSEWHERE`)."""
    for page in sorted((ROOT / "docs").glob("*.md")):
        if page.stem in ELSEWHERE:
            continue
        for number, (_, block) in enumerate(BLOCK.findall(page.read_text()), 1):
            if re.search(r"(?m)\bcurl\b", block):
                yield pytest.param(block, id=f"{page.stem}-{number}")


@pytest.fixture(scope="module")
def own_database(databases):
    """A database with the businesses of `booking demo`, which examples name."""
    url = databases.create()
    code, _, said = run("demo", directory=ROOT, DATABASE_URL=dsn_of(url), APP_SECRET_KEY="0" * 32)
    assert code == 0, said
    yield url
    databases.drop(url)


@pytest.fixture(scope="module")
def live(own_database, tmp_path_factory):
    """The address of a web process on a database of its own that has just served somebody."""
    with Web(own_database, tmp_path_factory.mktemp("web") / "log", environment={"OPERATOR_API_KEY": KEY}) as web:
        address = f"http://127.0.0.1:{web.port}"
        assert ask(f"{address}/api/clients").status_code == 200
        yield address


@pytest.fixture(scope="module")
def shell(live, own_database, tmp_path_factory):
    """Run a script as a person would, with their two variables; a status of 400 or more ends it with an error."""
    tools = tmp_path_factory.mktemp("tools")
    places = {"DATABASE_URL": dsn_of(own_database), "APP_SECRET_KEY": "0" * 32}
    path = path_of(tools)

    def run(script, **variables):
        return subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            env={"PATH": path, "BOOKING_URL": live, "API_KEY": KEY, "HOME": str(tools), **places, **variables},
            cwd=tools,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


@pytest.fixture
async def session(own_database):
    """A session of the service, as one that people may want to end: its number, and when it began."""
    connection = await asyncpg.connect(dsn_of(own_database), server_settings={"application_name": "booking-web"})
    began = await connection.fetchval("SELECT backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()")
    yield connection.get_server_pid(), iso(began)
    connection.terminate()


@pytest.fixture
async def held_job(own_database):
    """The number of a job that has given up."""
    connection = await asyncpg.connect(dsn_of(own_database))
    number = await connection.fetchval(
        "INSERT INTO pgqueuer (priority, entrypoint, status) VALUES (0, 'an.example', 'failed') RETURNING id"
    )
    yield str(number)
    await connection.close()


@pytest.fixture(scope="module")
def customer(live):
    """The id of somebody whom a business can write to."""
    headers = {"X-API-Key": KEY, "X-Client-Key": "demo-dental"}
    wanted = {"phone": "+447400123456", "email": "ann@example.com"}
    answer = httpx.post(f"{live}/api/customers", json=wanted, headers=headers, timeout=20)
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


@pytest.fixture
def override(live):
    """The id of a limit that somebody has set."""
    wanted = {"pattern": "public", "multiplier": 2, "expiresInSeconds": 60, "reason": "an example"}
    answer = httpx.put(f"{live}/api/rate-limit/overrides", json=wanted, headers={"X-API-Key": KEY}, timeout=20)
    assert answer.status_code == 200, answer.text
    return answer.json()["id"]


def ask(url):
    return httpx.get(url, headers={"X-API-Key": KEY}, timeout=20)


def lacking(said, documented, at=""):
    """Return where what was said is not as it was documented."""
    if isinstance(documented, dict):
        if not isinstance(said, dict):
            return [at]
        return [
            place
            for name, kind in documented.items()
            for place in (lacking(said[name], kind, f"{at}.{name}") if name in said else [f"{at}.{name} is absent"])
        ]
    if isinstance(documented, list):
        if not isinstance(said, list):
            return [at]
        return [place for each in said for place in lacking(each, documented[0], f"{at}[]")]
    right = isinstance(said, documented) and not (isinstance(said, bool) and documented is not bool)
    return [] if right else [f"{at} is {said!r}"]


@READS_THE_RUNBOOK
def test_every_address_of_the_runbook_is_documented():
    assert set(PATHS) == set(DOCUMENTED)


@pytest.mark.parametrize("path", DOCUMENTED)
def test_every_get_of_the_runbook_answers_with_the_documented_members(live, path):
    answer = ask(live + path)

    assert answer.status_code == 200, answer.text
    assert lacking(answer.json(), DOCUMENTED[path]) == []


@READS_THE_RUNBOOK
def test_every_curl_line_of_the_runbook_works(live, shell):
    assert len(LINES) == 4, LINES
    for line in LINES:
        path = line.split()[-1].removeprefix(ITS_HOST)
        assert path in DOCUMENTED, line

        ran = shell(line.replace(ITS_HOST, live))

        assert ran.returncode == 0, f"{line}\n{ran.stdout}{ran.stderr}"
        assert lacking(json.loads(ran.stdout), DOCUMENTED[path]) == [], line


def test_a_slow_query_has_the_documented_members(live):
    """Of a statement that others ran the server does not say when; so of those that the service ran itself."""
    answer = ask(f"{live}/api/performance/queries/slow?minDuration=0&limit=5&source=app").json()

    assert answer["slowQueries"]
    assert lacking(answer, DOCUMENTED["/api/performance/queries/slow"]) == []


@pytest.mark.parametrize("block", list(blocks()))
def test_every_example_of_our_pages_works_as_it_stands(shell, block, session, override, held_job, customer):
    """`PID`, `ID`, `JOB` and `CUSTOMER` are what people see in answers; of a session its beginning is replaced."""
    pid, began = session
    script = re.sub(r'("backendStart": )"[^"]*"', rf'\1"{began}"', block)

    ran = shell(script, PID=str(pid), ID=override, JOB=held_job, CUSTOMER=customer)

    assert ran.returncode == 0, f"{script}\n{ran.stdout}{ran.stderr}"
