"""Stands in for Render's API: a real HTTP server with the API's shapes, a state, and bad days on order.

Shapes are those of render-oss/sdk (generated from the public API). `received` is what it was sent, in order.
"""

import asyncio
import json
import socket
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import Any

import uvicorn
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

KEY = "rnd_aKeyThatNobodyShouldEverSee42"
POSTGRES, SERVICE = "dpg-booking-a", "srv-booking"
DUMP = b"a directory of pg_dump, packed\n" * 5_000


@dataclass(frozen=True)
class Bad:
    """An answer of a bad day; `obeyed`: the order is carried out all the same; `dropped`: nobody hears of it."""

    status: int = 500
    content: bytes = b'{"message":"something went wrong"}'
    headers: dict[str, str] = field(default_factory=dict)
    obeyed: bool = False
    dropped: bool = False


@dataclass(frozen=True)
class Received:
    """One request."""

    method: str
    path: str
    body: Any
    key: str | None


def deploy(number: int, status: str, *, trigger: str = "new_commit", commit: str | None = None) -> dict[str, Any]:
    """Return a deploy; the higher its number, the newer."""
    at = f"2026-11-{number:02}T10:00:00Z"
    return {
        "id": f"dep-{number}",
        "status": status,
        "trigger": trigger,
        "commit": {"id": commit or f"{number:02}" * 20, "message": f"Change {number}\n\nWhy.", "createdAt": at},
        "createdAt": at,
        "finishedAt": at,
        "aFieldOfNextYear": {"deep": True},
    }


class StandIn:
    """The state behind the API."""

    def __init__(self) -> None:
        self.url = ""
        self.received: list[Received] = []
        self.bad: dict[tuple[str, str], list[Bad]] = defaultdict(list)
        self.recovery: dict[str, Any] = {"recoveryStatus": "AVAILABLE", "startsAt": "2026-01-01T00:00:00Z"}
        self.making = ["creating", "creating", "available"]
        """The states that a new database goes through, one a look."""
        self.instances: dict[str, dict[str, Any]] = {}
        self.exports: list[dict[str, Any]] = []
        self.looks_until_exported = 2
        self.service = {"id": SERVICE, "name": "booking-web", "autoDeploy": "yes", "autoDeployTrigger": "checksPass"}
        self.deaf = False
        """Whether a change of auto-deploy is answered 200 and forgotten."""
        self.deploys = [deploy(3, "live"), deploy(2, "build_failed"), deploy(1, "deactivated")]
        self.deploying = ["created", "update_in_progress", "live"]
        self.dump = DUMP

    def sent(self, *methods: str) -> list[tuple[str, str, Any]]:
        """Return what was received by these methods: method, path and body."""
        return [(each.method, each.path, each.body) for each in self.received if each.method in methods]

    def fail(self, method: str, path: str, *answers: Bad) -> None:
        """Have the next requests of a path answered so, one after another."""
        self.bad[method, path].extend(answers)

    def respond(self, method: str, path: str, query: dict[str, str], body: Any) -> Response:
        """Answer as Render does."""
        match method, path.strip("/").split("/"):
            case "GET", ["postgres"]:
                named = [each for each in self.instances.values() if each["name"] == query.get("name")]
                return JSONResponse([{"postgres": each, "cursor": "c"} for each in named])
            case _, ["postgres", identifier, *rest] if identifier == POSTGRES or identifier in self.instances:
                return self._of_postgres(method, identifier, rest, body)
            case _, ["services", identifier, *rest] if identifier == SERVICE:
                return self._of_service(method, rest, body)
        return JSONResponse({"id": "x", "message": "not found"}, 404)

    def _of_postgres(self, method: str, identifier: str, rest: list[str], body: Any) -> Response:
        match method, rest:
            case "GET", ["recovery"]:
                return JSONResponse(self.recovery)
            case "POST", ["recovery"]:
                return self._recover(body)
            case "GET", ["export"]:
                return JSONResponse(self._exports())
            case "POST", ["export"]:
                created = datetime(2026, 11, 23, 10, tzinfo=UTC) + timedelta(minutes=len(self.exports))
                self.exports.append({"id": f"exp-{len(self.exports)}", "createdAt": created.isoformat(), "looks": 0})
                return Response(status_code=202)
            case "GET", []:
                instance = self.instances[identifier]
                steps = instance["steps"]
                instance["status"] = steps.pop(0) if len(steps) > 1 else steps[0]
                return JSONResponse(instance)
        return JSONResponse({"message": "method not allowed"}, 405)

    def _recover(self, body: dict[str, str]) -> Response:
        if set(body) - {"restoreTime", "restoreName", "plan", "environmentId", "datadogApiKey", "datadogSite"}:
            return JSONResponse({"message": "unknown field"}, 400)
        made = f"dpg-new{len(self.instances)}-a"
        self.instances[made] = {
            "id": made,
            "name": body["restoreName"],
            "status": "creating",
            "dashboardUrl": f"https://dashboard.render.com/d/{made}",
            "steps": list(self.making),
        }
        return JSONResponse(self.instances[made])

    def _exports(self) -> list[dict[str, Any]]:
        for each in self.exports:
            each["looks"] += 1
            if each["looks"] >= self.looks_until_exported:
                each["url"] = f"{self.url}/dumps/{each['id']}.dir.tar.gz?signature=secret"
        return self.exports

    def _of_service(self, method: str, rest: list[str], body: Any) -> Response:
        match method, rest:
            case "GET", []:
                return JSONResponse(self.service)
            case "PATCH", []:
                return self._change(body)
            case "GET", ["deploys"]:
                return JSONResponse([{"deploy": each, "cursor": each["id"]} for each in self.deploys])
            case "GET", ["deploys", identifier]:
                return self._deploy(identifier)
            case "POST", ["rollback"]:
                return self._roll_back(body)
        return JSONResponse({"message": "method not allowed"}, 405)

    def _change(self, body: dict[str, str]) -> Response:
        if len(body) != 1:
            return JSONResponse({"message": "cannot set both autoDeploy and autoDeployTrigger"}, 400)
        if not self.deaf:
            self.service |= {"autoDeploy": "no" if body["autoDeployTrigger"] == "off" else "yes", **body}
        return JSONResponse(self.service)

    def _deploy(self, identifier: str) -> Response:
        found = next((each for each in self.deploys if each["id"] == identifier), None)
        if found is None:
            return JSONResponse({"message": "not found"}, 404)
        if "steps" in found:
            found["status"] = found["steps"].pop(0) if len(found["steps"]) > 1 else found["steps"][0]
        return JSONResponse(found)

    def _roll_back(self, body: dict[str, str]) -> Response:
        target = next((each for each in self.deploys if each["id"] == body["deployId"]), None)
        if target is None:
            return JSONResponse({"message": "no such deploy"}, 404)
        made = deploy(len(self.deploys) + 10, "created", trigger="rollback", commit=target["commit"]["id"])
        self.deploys.insert(0, {**made, "steps": list(self.deploying)})
        return JSONResponse(self.deploys[0], 201)


class Server:
    """The door: keys, bad days, downloads."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.state = StandIn()

    def begin(self) -> StandIn:
        """Forget what was, and return the new state."""
        self.state = StandIn()
        self.state.url = self.url
        return self.state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        request = Request(scope, receive)
        content = await request.body()
        path = scope["raw_path"].decode().removeprefix("/v1")
        body = json.loads(content) if content else None
        key = request.headers.get("authorization")
        self.state.received.append(Received(request.method, path, body, key))
        bad = self.state.bad[request.method, path]
        wrong = bad.pop(0) if bad else None
        answer = await self._answer(request, path, body, wrong)
        if wrong and wrong.dropped:  # a length that is never reached: the server closes the connection
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"100")]})
            return
        await answer(scope, receive, send)

    async def _answer(self, request: Request, path: str, body: Any, bad: Bad | None) -> Response:
        if path.startswith("/dumps/") and bad is None:
            return Response(self.state.dump)
        if request.headers.get("authorization") != f"Bearer {KEY}" and bad is None:
            return JSONResponse({"message": "unauthorized"}, 401)
        if bad is None or bad.obeyed:
            answer = self.state.respond(request.method, path, dict(request.query_params), body)
        if bad is None:
            return answer
        return Response(bad.content, bad.status, bad.headers)


@contextmanager
def serving() -> Iterator[Server]:
    """Serve on a free port of this machine for the length of the block; `state` may be put in anew."""
    door = socket.socket()
    door.bind(("127.0.0.1", 0))
    door.listen()
    answering = Server(f"http://127.0.0.1:{door.getsockname()[1]}")
    config = uvicorn.Config(answering, lifespan="off", log_config=None, log_level="warning", access_log=False)
    server = uvicorn.Server(config)
    thread = Thread(target=lambda: asyncio.run(server.serve([door])), daemon=True)
    thread.start()
    try:
        yield answering
    finally:
        server.should_exit = True
        thread.join(10)
        door.close()
