"""Coping: which strategies helped this person, best first."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

MOMENTS = ("everyday", "early_signs", "crisis")
"""When a strategy is for, in the order of the screens."""

IN_HAND = timedelta(hours=12)
"""How long Coping leads back to a use that was begun: who slept over it need not be asked how it was."""

PRIOR_USES = 3
"""How many imagined uses without effect every strategy starts with: one lucky use must not lead the list."""

WORDS = {"yes": 2.0, "a_little": 1.0, "no": 0.0}
"""What an answer to "did it help?" is worth, in points of distress, where the numbers were not given."""


@dataclass(frozen=True, slots=True)
class Use:
    """One use as the rule sees it: distress 0 to 10 before and after, and the answer yes, a_little or no."""

    before: int | None = None
    after: int | None = None
    helped: str | None = None

    @property
    def drop(self) -> int | None:
        """By how many points distress fell; negative when it rose; None without both numbers."""
        return None if self.before is None or self.after is None else self.before - self.after

    @property
    def worth(self) -> float | None:
        """The drop, or what the words say; None when nothing was said."""
        return self.drop if self.drop is not None else WORDS.get(self.helped or "")


def help_score(uses: Iterable[Use]) -> float:
    """Return the mean drop in distress, pulled towards nothing while there are few uses.

    Σ worth / (n + 3) over the n uses that say anything. An untried strategy stands at 0, above one
    that made things worse. More evidence of the same kind always moves further from 0.
    """
    told = [worth for use in uses if (worth := use.worth) is not None]
    return sum(told) / (len(told) + PRIOR_USES)


def help_order(uses: Iterable[Use], position: int) -> tuple[float, int, int]:
    """Return the sort key: what helped most first, then what is used most, then the plan's own order."""
    uses = tuple(uses)
    return -help_score(uses), -len(uses), position


@dataclass(frozen=True, slots=True)
class Told:
    """What the uses of one strategy say together: means over the uses with both numbers."""

    uses: int
    helped: int
    measured: int
    before: float | None
    after: float | None


def told(uses: Iterable[Use]) -> Told:
    """Sum up uses; `helped` counts the answers "yes" and "a little"."""
    uses = tuple(uses)
    pairs = [(use.before, use.after) for use in uses if use.before is not None and use.after is not None]
    number = len(pairs)
    return Told(
        uses=len(uses),
        helped=sum(use.helped in ("yes", "a_little") for use in uses),
        measured=number,
        before=sum(before for before, _ in pairs) / number if number else None,
        after=sum(after for _, after in pairs) / number if number else None,
    )
