"""The collector looks away while a process is built, and never for longer."""

import gc

import pytest

from app.core.garbage import ignored


def build_in_vain():
    with ignored():
        raise ImportError(f"looked for garbage: {gc.isenabled()}")


def test_garbage_is_looked_for_again_whatever_happens_meanwhile():
    with pytest.raises(ImportError, match="looked for garbage: False"):
        build_in_vain()

    assert gc.isenabled()
