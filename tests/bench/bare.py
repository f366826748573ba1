"""The least that a server can do: one route of Starlette, run as our own processes are.

python -m tests.bench.bare serve --port=PORT
"""

import argparse
import socket

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from app.cli.serving import server_config


async def answer(_request: Request) -> JSONResponse:
    return JSONResponse({"status": "healthy"})


def build() -> Starlette:
    return Starlette(routes=[Route("/health/lb", answer), Route("/", answer)])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    port = parser.parse_args().port
    listener = socket.create_server(("127.0.0.1", port))
    uvicorn.Server(server_config(build)).run(sockets=[listener])  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
