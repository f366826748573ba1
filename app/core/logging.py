"""Structured logs: an event is a noun phrase, facts are keys with units. Never a customer's data."""

import json
import logging
import sys
import traceback
from collections.abc import Callable
from typing import Any, Literal

import orjson
import structlog

from app.core.log_lines import CountingHandler, Lines, LinesFactory

_QUIET = ("alembic.runtime.plugins", "httpx", "httpcore", "app.core.tracking.MeasuredPool")
"""Loggers of which only warnings are heard; those of the HTTP client tell whole addresses."""

on_failure: list[Callable[[BaseException, structlog.typing.EventDict], None]] = []
"""Who else hears of each exception that is logged; they must not raise or wait."""


def set_up_logging(form: Literal["console", "json"] | None, level: str) -> None:
    """Configure structlog and the standard library's loggers to write one line an event to stderr.

    Without a form it is readable text on a terminal and JSON everywhere else.
    """
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        _with_logger,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _without_messages,
    ]
    renderer = _renderer(form)
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=LinesFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = CountingHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[_first_line_of_asyncio, *shared],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                renderer,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).handlers = []
        logging.getLogger(name).propagate = name != "uvicorn.access"


def _renderer(form: Literal["console", "json"] | None) -> structlog.typing.Processor:
    terminal = sys.stderr.isatty()
    if form == "json" or (form is None and not terminal):
        return structlog.processors.JSONRenderer(_as_json)
    return structlog.dev.ConsoleRenderer(pad_event_to=0, colors=terminal)


def _as_json(event: structlog.typing.EventDict, **_options: Any) -> str:
    try:
        return orjson.dumps(event, default=repr).decode()
    except TypeError:  # a text that is not UTF-8, a number over 64 bits
        return json.dumps(event, default=repr)


def _with_logger(logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    record = event.get("_record")
    event["logger"] = logger.name if isinstance(logger, Lines) else getattr(record, "name", None)
    return event


def _without_messages(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Tell an exception by its types and where it was raised.

    Never by its message: a database's names the values of the row that it refused.
    """
    failure = event.pop("exc_info", None)
    if isinstance(failure, tuple):
        failure = failure[1]
    elif failure and not isinstance(failure, BaseException):
        failure = sys.exc_info()[1]
    if isinstance(failure, BaseException):
        event["exception"] = "\n".join(_told(failure))
        for hear in on_failure:
            hear(failure, event)
    return event


def _told(failure: BaseException) -> list[str]:
    """Return the lines about an exception, its cause first, as a traceback has them."""
    lines = []
    earlier = failure.__cause__ or (None if failure.__suppress_context__ else failure.__context__)
    if earlier is not None:
        lines = [*_told(earlier), "then"]
    lines.append(" ".join([type(failure).__qualname__, *codes_of(failure)]))
    for frame in traceback.extract_tb(failure.__traceback__):
        lines.append(f"  {frame.filename}:{frame.lineno} in {frame.name}")
    if isinstance(failure, BaseExceptionGroup):
        for inner in failure.exceptions:
            lines += ["of which", *_told(inner)]
    return lines


def codes_of(failure: BaseException) -> list[str]:
    """Return what the database itself calls a failure: the SQLSTATE and the constraint, where there are such."""
    codes = [getattr(failure, name, None) for name in ("sqlstate", "constraint_name")]
    return [code for code in codes if isinstance(code, str)]


def _first_line_of_asyncio(
    _logger: object, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Keep what asyncio says of a task; its further lines hold the representation of an exception."""
    record = event["_record"]
    if record.name == "asyncio":
        event["event"] = str(event["event"]).partition("\n")[0]
    return event
