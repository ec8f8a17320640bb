"""Pytest plugin: tests that run the same lines again are not traced, because tracing more than doubles their time.

Those are the PostgreSQL half of what is the same on both databases above the models, what runs in a browser, and tests
marked `unmeasured`, which ask thousands of times. What only they reach counts as not covered: coverage can come out
lower by it, not higher.
"""

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

AGAIN = ("tests/views/", "tests/services/", "tests/queries/", "tests/jobs/")
BROWSER = "tests/browser/"
"""What a browser asks for, the tests of views ask for, too."""
BEGUN = "COVERAGE_PROCESS_CONFIG"
"""The variable by which coverage has processes that begin here traced, too."""


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    if not is_measured(item):
        with untraced():
            return (yield)
    return (yield)


def is_measured(item: pytest.Item) -> bool:
    """Tell whether the lines that a test runs are traced, where coverage is asked for."""
    twin = "postgresql" in item.name and item.nodeid.startswith(AGAIN)
    return not (twin or item.nodeid.startswith(BROWSER) or item.get_closest_marker("unmeasured"))


@contextmanager
def untraced() -> Iterator[None]:
    """Trace nothing in this thread, nor in threads and processes that begin here."""
    here, begun, told = sys.gettrace(), threading.gettrace(), os.environ.pop(BEGUN, None)
    sys.settrace(None)
    threading.settrace(None)  # type: ignore[arg-type]
    try:
        yield
    finally:
        if told is not None:
            os.environ[BEGUN] = told
        threading.settrace(begun)  # type: ignore[arg-type]
        sys.settrace(here)
