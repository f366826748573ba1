"""Run to an end and wait for nothing given up: a resolver without network holds its thread for half a minute."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Thread
from typing import Any, TypeVar

T = TypeVar("T")


class _LeftBehind(ThreadPoolExecutor):
    """Threads that nobody waits for, neither the loop's end nor the interpreter's."""

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Call a function on a thread of its own."""
        future: Future[T] = Future()
        future.set_running_or_notify_cancel()

        def call() -> None:
            try:
                future.set_result(fn(*args, **kwargs))
            except BaseException as failure:
                future.set_exception(failure)

        Thread(target=call, daemon=True).start()
        return future


def run_without_waiting(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine in an event loop of its own and return what it returns, at once when it is done."""
    with asyncio.Runner() as runner:
        runner.get_loop().set_default_executor(_LeftBehind())
        return runner.run(work)
