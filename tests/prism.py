"""Prism: a server that checks requests against a vendor's own description of its API, and answers as that says.

It comes from npm into `var/prism`, once; where it cannot be had, the test that asks for it is left out and says so.
Only proofs (`prove`) use it. What it cannot tell: misspelt fields pass, nothing is kept, no error is the vendor's own.
"""

import json
import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any

from tests.cli.processes import free_port
from tests.npm import installed

VERSION = "5.14.2"
"""The last that runs on Node 20."""
PROGRAM = Path("node_modules", "@stoplight", "prism-cli", "dist", "index.js")
STARTING_SECONDS = 120


@contextmanager
def prism(description: dict[str, Any]) -> Iterator[str]:
    """Serve a description (OpenAPI) for the length of the block, and give its address."""
    node, program = installed("prism", "@stoplight/prism-cli", VERSION, PROGRAM)
    with tempfile.TemporaryDirectory(prefix="prism") as folder:
        path = Path(folder) / "description.json"
        path.write_text(json.dumps(mended(description)))
        port = free_port()
        command = [node, program, "mock", "--host", "127.0.0.1", "--port", str(port), str(path)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)
        said, listens = bytearray(), Event()
        reader = Thread(target=_read, args=(process, said, listens), daemon=True)
        reader.start()
        try:
            listens.wait(STARTING_SECONDS)
            assert b"is listening" in said, f"Prism does not serve: {said.decode(errors='replace')[-2_000:]}"
            yield f"http://127.0.0.1:{port}"
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
            process.wait(10)
            reader.join(10)
            assert process.stdout is not None
            process.stdout.close()


def mended(part: Any) -> Any:
    """Return a description without what it does not mean.

    Vapi writes patterns with JavaScript's slashes round them, and describes lists of words as one word, or as objects.
    """
    if isinstance(part, list):
        return [mended(each) for each in part]
    if not isinstance(part, dict):
        return part
    turned = {name: mended(value) for name, value in part.items()}
    pattern = turned.get("pattern")
    if isinstance(pattern, str) and len(pattern) > 2 and pattern[0] == pattern[-1] == "/":
        turned["pattern"] = pattern[1:-1]
    words = turned.get("enum")
    if isinstance(words, list) and isinstance(turned.get("type"), str):
        if isinstance(turned.get("items"), dict):
            turned = {name: value for name, value in turned.items() if name != "enum"} | {"type": "array"}
        elif turned["type"] == "object" and all(isinstance(word, str) for word in words):
            turned["type"] = "string"
    return turned


def _read(process: subprocess.Popen[bytes], said: bytearray, listens: Event) -> None:
    """Keep reading what the server says, or it would stop at a full pipe."""
    assert process.stdout is not None
    for line in process.stdout:
        said += line
        if b"is listening" in line:
            listens.set()
    listens.set()
