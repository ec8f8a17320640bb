"""Pytest plugin: with CAIRN_TWINS=n only every nth test of views runs on PostgreSQL besides; unset or 1, all do.

What decides on a database is in the guard, models, queries and services, whose tests always run on both. A view is the
same in front of either, so that a third of them, always the same ones, is enough for each run: `make test TWINS=1`
runs all.
"""

import os
from zlib import crc32

import pytest

VIEWS = "tests/views/"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    nth = int(os.environ.get("CAIRN_TWINS", "1"))
    left = [item for item in items if is_left_out(item.nodeid, nth)]
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if not is_left_out(item.nodeid, nth)]


def is_left_out(nodeid: str, nth: int) -> bool:
    """Tell whether a test is a twin that waits for another run. All cases of one test go together."""
    name, _, case = nodeid.partition("[")
    return nodeid.startswith(VIEWS) and "postgresql" in case and crc32(name.encode()) % nth != 0
