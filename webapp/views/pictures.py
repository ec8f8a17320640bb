"""Pictures made of numbers: where marks stand, as paths of an SVG. Pure geometry; the templates draw them.

Marks differ by their shape, so that they can be told apart without colour and in print.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from webapp.domain.kept_weeks import Shown

PITCH = 12
"""units from one mark to the next; a mark is ten across"""
LEAST, MOST = 0, 10
"""the scale of distress"""
STEP, EDGE, LINE = 20, 10, 12
"""units of one point of distress, beside the scale, and where its line is"""


@dataclass(frozen=True, slots=True)
class Marks:
    """Paths by how they are drawn: `full` and `small` are dots, `half` is filled, `line` and `faint` are strokes."""

    width: int
    height: int
    full: str = ""
    small: str = ""
    half: str = ""
    line: str = ""
    faint: str = ""


def _dot(x: int, y: int) -> str:
    return f"M{x} {y}h.01"  # a stroke without a length is drawn by its round ends alone


def _ring(x: int, y: int) -> str:
    return f"M{x - 4} {y}a4 4 0 1 0 8 0 4 4 0 1 0-8 0"


def _half(x: int, y: int) -> str:
    return f"M{x} {y - 4}a4 4 0 0 0 0 8z"


def _dash(x: int, y: int) -> str:
    return f"M{x - 2} {y}h4"


def _bars(x: int, y: int) -> str:
    return f"M{x - 2} {y - 3}v6m4-6v6"


SHAPES = {
    Shown.KEPT: (("full", _dot),),
    Shown.PART: (("half", _half), ("line", _ring)),
    Shown.EXTRA: (("small", _dot),),
    Shown.BEGUN: (("small", _dot), ("faint", _ring)),
    Shown.OPEN: (("faint", _ring),),
    Shown.NOT_TODAY: (("line", _ring),),
    Shown.BLANK: (("faint", _dash),),
    Shown.REST: (("faint", _bars),),
    Shown.NOTHING: (),
}


def marks(shown: Sequence[Shown], columns: int, rows: int = 0) -> Marks:
    """Set marks in rows of `columns`, as many rows as they need, at least `rows`: so that pictures are one size."""
    paths: dict[str, list[str]] = {}
    for number, one in enumerate(shown):
        row, column = divmod(number, columns)
        for layer, shape in SHAPES[one]:
            paths.setdefault(layer, []).append(shape(PITCH // 2 + PITCH * column, PITCH // 2 + PITCH * row))
    height = PITCH * max(rows, -(-len(shown) // columns), 1)
    return Marks(PITCH * columns, height, **{layer: "".join(drawn) for layer, drawn in paths.items()})


@dataclass(frozen=True, slots=True)
class Fall:
    """A scale from 0 to 10: a ring where distress was before, a dot where it was after, and a line between them."""

    width: int
    height: int
    scale: str
    ring: str
    line: str
    dot: str


def fall(before: float, after: float) -> Fall:
    """Draw how far distress went down, or up, on the scale from 0 to 10."""
    start, end = _on_scale(before), _on_scale(after)
    gap = 4 if end < start else -4
    line = f"M{start - gap} {LINE}H{end}" if abs(start - end) > 4 else ""
    ticks = "".join(f"M{_on_scale(at)} {LINE - 4}v8" for at in (LEAST, MOST / 2, MOST))
    return Fall(
        width=STEP * MOST + 2 * EDGE,
        height=2 * LINE,
        scale=f"M{EDGE} {LINE}h{STEP * MOST}{ticks}",
        ring=_ring(start, LINE),
        line=line,
        dot=_dot(end, LINE),
    )


def _on_scale(distress: float) -> int:
    return EDGE + round(STEP * min(max(distress, LEAST), MOST))
