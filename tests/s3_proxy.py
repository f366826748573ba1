"""A proxy before the S3 server of the tests, which has bad days on demand: real HTTP on both sides."""

import http.client
import socket
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal, Self
from urllib.parse import unquote

from tests.s3 import S3Server

Kind = Literal["deny", "answer", "hang", "slow", "cut", "lose_answer"]
ERROR = b"<Error><Code>InternalError</Code></Error>"
DENIED = b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
PIECE = 1 << 14


@dataclass(slots=True)
class Fault:
    """What goes wrong with requests whose method and address, `GET /bucket/key?query`, hold a text."""

    kind: Kind
    only: str
    value: int
    times: int | None
    content: bytes = b""
    after: int = 0

    def strikes(self, request: str) -> bool:
        """Tell whether it strikes this request, and count that."""
        if self.only not in request or self.times == 0:
            return False
        if self.after:
            self.after -= 1
            return False
        if self.times is not None:
            self.times -= 1
        return True


class Proxy:
    """Hands requests on to a server until told otherwise; `requests` is what came: `PUT /bucket/key`."""

    def __init__(self, upstream: S3Server) -> None:
        self.upstream = upstream
        self.port = 0
        self.conditional = False
        """Whether it keeps an object that is there when asked to write only a new one, as Amazon does."""
        self.requests: list[str] = []
        self.hung = threading.Event()
        """Set when a request was left hanging."""
        self._faults: list[Fault] = []
        self._healed = threading.Event()
        self._server: ThreadingHTTPServer | None = None
        self._open: set[socket.socket] = set()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> Self:
        """Listen, on the same port each time."""
        self._healed.clear()
        self._server = _Server(("127.0.0.1", self.port), self)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def stop(self) -> None:
        """Be gone: whoever comes is refused, and open connections break."""
        self._healed.set()
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None
        for connection in list(self._open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def deny(self, only: str) -> None:
        """Answer 403."""
        self._add("deny", only)

    def answer(self, status: int, only: str = "", *, times: int | None = None, content: bytes = ERROR) -> None:
        """Answer with a status without asking the server."""
        self._faults.append(Fault("answer", only, status, times, content))

    def hang(self, only: str = "", *, after: int = 0) -> None:
        """Take requests and never answer, all but the first ones."""
        self._faults.append(Fault("hang", only, 0, None, after=after))

    def slow(self, bytes_per_second: int, only: str = "") -> None:
        """Pass answers on at this speed."""
        self._add("slow", only, bytes_per_second)

    def cut(self, after: int, only: str = "", *, times: int | None = None) -> None:
        """Break the connection when so many bytes of a body have passed, of the request's or of the answer's."""
        self._add("cut", only, after, times)

    def lose_answer(self, only: str = "", *, times: int | None = None) -> None:
        """Do what is asked, and break the connection instead of saying so."""
        self._add("lose_answer", only, times=times)

    def heal(self) -> None:
        """Have no more faults; what hangs breaks."""
        self._faults = []
        self._healed.set()
        self._healed = threading.Event()
        self.hung.clear()

    def _add(self, kind: Kind, only: str, value: int = 0, times: int | None = None) -> None:
        self._faults.append(Fault(kind, only, value, times))

    def fault(self, request: str) -> Fault | None:
        """Take a request down, and return what goes wrong with it."""
        self.requests.append(request)
        return next((fault for fault in self._faults if fault.strikes(request)), None)

    def has(self, path: str) -> bool:
        """Return whether the server has the object at an address."""
        return (self.upstream.objects / unquote(path).lstrip("/")).is_file()

    def wait(self) -> None:
        """Hang until healed."""
        healed = self._healed
        self.hung.set()
        healed.wait()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], proxy: Proxy) -> None:
        self.proxy = proxy
        super().__init__(address, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self.proxy._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self.proxy._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is part of the game."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def handle_one_request(self) -> None:
        """Serve one request, or take note that the client is gone."""
        try:
            super().handle_one_request()
        except OSError:
            self.close_connection = True

    def _serve(self) -> None:
        proxy = self.server.proxy
        fault = proxy.fault(f"{self.command} {self.path}")
        kind, value = (fault.kind, fault.value) if fault else (None, 0)
        body = self._body(value if kind == "cut" and self.command in {"PUT", "POST"} else None)
        if body is None:
            return self._break()
        if kind == "hang":
            proxy.wait()
            return self._break()
        if fault and kind == "answer":
            return self._say(value, fault.content)
        if kind == "deny":
            return self._say(403, DENIED)
        if proxy.conditional and self.headers.get("If-None-Match") == "*" and proxy.has(self.path):
            return self._say(412, b"<Error><Code>PreconditionFailed</Code></Error>")
        status, headers, answer = self._upstream(body)
        if kind == "lose_answer":
            return self._break()
        told = next((int(value) for name, value in headers if name.lower() == "content-length"), len(answer))
        self._begin(status, headers, told if self.command == "HEAD" else len(answer))
        return self._pass(answer, kind, value)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _serve  # noqa: N815 - as the library calls them

    def _body(self, limit: int | None) -> bytes | None:
        """Read the request's body; None: it is longer than it may be."""
        size = int(self.headers.get("Content-Length") or 0)
        if limit is not None and size > limit:
            self.rfile.read(limit)
            return None
        return self.rfile.read(size)

    def _upstream(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        """Ask the server; bodies of the tests are small enough to be held."""
        connection = http.client.HTTPConnection("127.0.0.1", self.server.proxy.upstream.port, timeout=30)
        try:
            connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() != "connection":
                    connection.putheader(name, value)
            connection.endheaders(body or None)
            answer = connection.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        finally:
            connection.close()

    def _begin(self, status: int, headers: Iterable[tuple[str, str]], size: int) -> None:
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() not in {"connection", "transfer-encoding", "content-length"}:
                self.send_header(name, value)
        self.send_header("Content-Length", str(size))
        self.end_headers()

    def _pass(self, answer: bytes, kind: Kind | None, value: int) -> None:
        if kind == "cut" and len(answer) > value:
            self.wfile.write(answer[:value])
            return self._break()
        for start in range(0, len(answer), PIECE):
            piece = answer[start : start + PIECE]
            if kind == "slow":
                time.sleep(len(piece) / value)
            self.wfile.write(piece)
        return None

    def _say(self, status: int, content: bytes) -> None:
        self._begin(status, [("Content-Type", "application/xml")], len(content))
        if self.command != "HEAD":
            self.wfile.write(content)

    def _break(self) -> None:
        self.close_connection = True
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""
