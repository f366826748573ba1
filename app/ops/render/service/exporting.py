"""Render's logical exports: make one, list them, fetch one."""

import asyncio
import hashlib
import os
from contextlib import suppress
from pathlib import Path
from typing import IO

from app.core.http import Client, Unanswered, receive
from app.integrations.render.api import Render
from app.integrations.render.errors import RenderOutcomeUnknown
from app.integrations.render.payloads import Export
from app.ops.render.errors import DownloadFailed, ExportUnfinished, FileExists, FileNotWritten, NoExport
from app.ops.render.rules import EXPORTS_KEPT
from app.ops.render.schemas import Downloaded, ShownExport
from app.ops.render.service.waiting import Waiting


def shown(export: Export, *, with_url: bool) -> ShownExport:
    """Return an export as it is told: its address only to who asks for it."""
    return ShownExport(
        id=export.id,
        created_at=export.created_at,
        expires_at=export.created_at + EXPORTS_KEPT,
        ready=bool(export.url),
        url=export.url if with_url else None,
    )


async def create(render: Render, postgres: str, waiting: Waiting | None) -> Export | None:
    """Have an export begun; with `waiting`, return it when it is finished.

    Raises:
        RenderOutcomeUnknown: Render did not say whether it has begun.
        ExportUnfinished: it takes longer than we wait.
    """
    before = {export.id for export in await render.exports(postgres)}
    try:
        await render.export(postgres)
    except RenderOutcomeUnknown:
        raise RenderOutcomeUnknown(
            "Render did not say whether it has begun an export: `booking render exports list` shows it, if so."
        ) from None
    if waiting is None:
        return None

    async def look() -> Export | None:
        return next((export for export in await render.exports(postgres) if export.id not in before), None)

    made = await waiting.until(look, _state, lambda seen: bool(seen and seen.url))
    if made is None or not made.url:
        raise ExportUnfinished
    return made


def _state(export: Export | None) -> str:
    if export is None:
        return "Render has taken the order"
    return f"export {export.id} is {'finished' if export.url else 'being made'}"


def chosen(exports: list[Export], identifier: str | None) -> Export:
    """Return the export of an id, or the newest that is finished.

    Raises:
        NoExport: there is none, or it is not finished.
    """
    for export in exports:
        if export.url and identifier in {None, export.id}:
            return export
    raise NoExport


async def download(client: Client, export: Export, target: Path) -> Downloaded:
    """Fetch an export into a new file that only we may read; what does not arrive whole leaves none.

    Raises:
        FileExists, FileNotWritten: it cannot be written there.
        DownloadFailed: it did not arrive whole.
    """
    partial = target.with_name(f".{target.name}.part-{os.getpid()}")
    try:
        os.close(_new(target))  # the name is ours from here on; what is written takes its place when it is whole
        try:
            with os.fdopen(_new(partial), "wb") as file:
                size, digest = await _fetch(client, str(export.url), file)
                await asyncio.to_thread(os.fsync, file.fileno())
            await asyncio.to_thread(partial.replace, target)
        except BaseException:
            for path in (partial, target):
                with suppress(OSError):
                    os.unlink(path)  # noqa: PTH108 - a name less is no wait
            raise
    except FileExistsError:
        raise FileExists(f"There is a file {target} already: name another.") from None
    except OSError as failure:
        raise FileNotWritten(f"{target} cannot be written: {failure.strerror or 'no room, or no right'}.") from None
    except Unanswered:
        raise DownloadFailed from None
    return Downloaded(export=shown(export, with_url=False), file=str(target), bytes=size, sha256=digest)


def _new(path: Path) -> int:
    """Open a file that was not there, for us alone."""
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)


async def _fetch(client: Client, url: str, file: IO[bytes]) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0

    def take(piece: bytes) -> None:
        nonlocal size
        digest.update(piece)
        size += file.write(piece)

    status = await receive(client, url, take)
    if status != 200 or size == 0:
        raise DownloadFailed
    file.flush()
    return size, digest.hexdigest()
