"""Pictures say what the numbers say: as many marks as there are, each in a place of its own and inside the frame."""

import re
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain.kept_weeks import Shown
from webapp.views.pictures import PITCH, SHAPES, Marks, fall, marks

LAYERS = ("full", "small", "half", "line", "faint")
STARTS = re.compile(r"M(-?\d+) (-?\d+)")
several = st.lists(st.sampled_from(Shown), max_size=60)


def places(drawn: Marks) -> dict[str, list[tuple[int, int]]]:
    """In which cell each path of each layer begins."""
    return {
        layer: [(int(x) // PITCH, int(y) // PITCH) for x, y in STARTS.findall(getattr(drawn, layer))]
        for layer in LAYERS
    }


@given(several, st.integers(1, 27), st.integers(0, 4))
def test_there_are_as_many_marks_as_numbers_say(shown: list[Shown], columns: int, rows: int) -> None:
    drawn = places(marks(shown, columns, rows))
    for layer in LAYERS:
        wanted = [one for one in shown if layer in dict(SHAPES[one])]
        assert len(drawn[layer]) == len(wanted)


@given(several, st.integers(1, 27))
def test_every_mark_stands_inside_the_frame_and_on_no_other(shown: list[Shown], columns: int) -> None:
    picture = marks(shown, columns)
    taken: dict[tuple[int, int], set[str]] = {}
    for layer, found in places(picture).items():
        for place in found:
            assert layer not in taken.setdefault(place, set())
            taken[place].add(layer)
    assert all(0 <= x < picture.width // PITCH and 0 <= y < picture.height // PITCH for x, y in taken)
    assert len(taken) == sum(one is not Shown.NOTHING for one in shown)


def test_pictures_beside_each_other_are_one_size() -> None:
    few, many = marks([Shown.KEPT], 5, 2), marks([Shown.KEPT] * 8, 5, 2)
    assert (few.width, few.height) == (many.width, many.height) == (60, 24)


def test_marks_can_be_told_apart_by_their_shape_alone() -> None:
    drawn = [marks([one], 1) for one in Shown]
    assert all(one != other for one, other in combinations(drawn, 2))


@pytest.mark.parametrize(
    ("before", "after", "ring", "dot"),
    [(0, 10, 10, 210), (10, 0, 210, 10), (6.3, 3.7, 136, 84), (5, 5, 110, 110)],
)
def test_distress_stands_where_it_was_on_the_scale(before: float, after: float, ring: int, dot: int) -> None:
    drawn = fall(before, after)
    assert drawn.ring.startswith(f"M{ring - 4} ")
    assert drawn.dot == f"M{dot} 12h.01"
    assert bool(drawn.line) == (before != after)


@given(st.floats(0, 10), st.floats(0, 10))
def test_the_line_leads_from_the_ring_to_the_dot_and_stays_outside_the_ring(before: float, after: float) -> None:
    drawn = fall(before, after)
    assert drawn.width == 220
    if drawn.line:
        start, end = (int(number) for number in re.findall(r"M(\d+) 12H(\d+)", drawn.line)[0])
        ring = int(STARTS.findall(drawn.ring)[0][0]) + 4
        assert abs(start - ring) == 4
        assert (end - ring) * (start - ring) > 0
        assert drawn.dot.startswith(f"M{end} ")
