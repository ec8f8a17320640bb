"""Which tests run on PostgreSQL besides: nothing is left out that is not a view's twin, and some twins always run."""

import pytest

from tests.support.twins import is_left_out

NAMES = [f"tests/views/test_today.py::test_{n}" for n in range(300)]


@pytest.mark.parametrize(
    "node",
    [
        "tests/views/test_a.py::test_x[sqlite]",
        "tests/services/test_a.py::test_x[postgresql]",
        "tests/views/test_postgresql.py::test_x",
    ],
)
def test_only_twins_of_views_are_left_out(node: str) -> None:
    assert not any(is_left_out(node, nth) for nth in range(1, 50))


def test_a_third_of_the_twins_runs_with_all_their_cases_and_one_in_one_is_every_one() -> None:
    kept = [name for name in NAMES if not is_left_out(f"{name}[postgresql]", 3)]
    assert 60 < len(kept) < 140
    assert [name for name in NAMES if not is_left_out(f"{name}[postgresql-other]", 3)] == kept
    assert not any(is_left_out(f"{name}[postgresql]", 1) for name in NAMES)
