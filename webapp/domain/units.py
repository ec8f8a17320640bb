"""Lengths, weights, volumes and temperatures, one into the other: the page that *Quick exit* leaves to really works."""

from decimal import Decimal, DecimalException
from fractions import Fraction

UNITS: dict[str, dict[str, tuple[Fraction, Fraction]]] = {
    "length": {
        "cm": (Fraction(1), Fraction(0)),
        "in": (Fraction("2.54"), Fraction(0)),
        "ft": (Fraction("30.48"), Fraction(0)),
        "m": (Fraction(100), Fraction(0)),
        "km": (Fraction(100_000), Fraction(0)),
        "mi": (Fraction("160934.4"), Fraction(0)),
    },
    "weight": {
        "g": (Fraction(1), Fraction(0)),
        "oz": (Fraction("28.349523125"), Fraction(0)),
        "lb": (Fraction("453.59237"), Fraction(0)),
        "kg": (Fraction(1000), Fraction(0)),
    },
    "volume": {
        "ml": (Fraction(1), Fraction(0)),
        "fl oz": (Fraction("29.5735295625"), Fraction(0)),
        "cup": (Fraction("236.5882365"), Fraction(0)),
        "l": (Fraction(1000), Fraction(0)),
        "gal": (Fraction("3785.411784"), Fraction(0)),
    },
    "temperature": {"°C": (Fraction(1), Fraction(0)), "°F": (Fraction(5, 9), Fraction(-160, 9))},
}
"""Each kind's units with what makes the first of them: times, plus. United States customary, exact by definition."""
KINDS = {unit: kind for kind, units in UNITS.items() for unit in units}


def number(text: str) -> Fraction | None:
    """Read an amount as people type it, with a point or a comma; None for what is none or out of all measure."""
    try:
        found = Decimal(text.strip().replace(",", "."))
    except DecimalException:
        return None
    return Fraction(found) if found.is_finite() and abs(found.adjusted()) <= 15 else None


def converted(amount: Fraction, unit: str, into: str) -> Fraction | None:
    """Return the amount in another unit, exactly; None where the two measure different things."""
    kind = KINDS.get(unit)
    if kind is None or KINDS.get(into) != kind:
        return None
    (times, plus), (by, less) = UNITS[kind][unit], UNITS[kind][into]
    return (amount * times + plus - less) / by
