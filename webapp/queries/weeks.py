"""How somebody's weeks start, and how they started before."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from webapp.domain.weeks import Weeks
from webapp.models import Person

COLUMNS: tuple[Any, ...] = (Person.week_starts_on, Person.earlier_weeks)
"""What `from_columns` needs; for SELECTs that fetch a person along with something else."""


def from_columns(week_starts_on: int, earlier_weeks: Iterable[Sequence[Any]]) -> Weeks:
    """Turn the two columns of a person into the domain's Weeks."""
    return Weeks(week_starts_on, tuple((date.fromisoformat(until), start) for until, start in earlier_weeks))
