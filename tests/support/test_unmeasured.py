"""Which tests are traced, and that tracing goes on after one that is not."""

import sys
import threading
from collections.abc import Callable

import pytest

from tests.support.unmeasured import is_measured, untraced


class Node:
    """A test as the plugin sees one."""

    def __init__(self, nodeid: str, marked: bool = False) -> None:
        self.nodeid, self.name, self._marked = nodeid, nodeid.rpartition("::")[2], marked

    def get_closest_marker(self, name: str) -> str | None:
        return name if self._marked else None


@pytest.mark.parametrize(
    ("node", "measured"),
    [
        (Node("tests/views/test_today.py::test_x[sqlite]"), True),
        (Node("tests/views/test_today.py::test_x[postgresql]"), False),
        (Node("tests/browser/test_today.py::test_x[sqlite]"), False),
        (Node("tests/edges/test_guard.py::test_x[postgresql]"), True),
        (Node("tests/edges/test_guard.py::test_x[sqlite]", marked=True), False),
    ],
)
def test_what_runs_the_same_lines_again_is_not_measured(node: Node, measured: bool) -> None:
    assert is_measured(node) is measured  # type: ignore[arg-type]


def test_tracing_stops_for_a_while_and_goes_on() -> None:
    seen: list[str] = []

    def trace(frame: object, event: str, arg: object) -> None:
        seen.append(event)

    def run(work: Callable[[], None]) -> int:
        before = len(seen)
        work()
        other = threading.Thread(target=work)
        other.start()
        other.join()
        return len(seen) - before

    before, begun = sys.gettrace(), threading.gettrace()
    sys.settrace(trace)
    threading.settrace(trace)  # type: ignore[arg-type]
    try:
        with untraced():
            none = run(lambda: None)
        some = run(lambda: None)
    finally:
        sys.settrace(before)
        threading.settrace(begun)  # type: ignore[arg-type]
    assert none == 0
    assert some >= 2
