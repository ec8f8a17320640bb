"""What a step should say, and when a self-directed one adds little. Advice only: nothing here stops a save."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from webapp.domain.cadence import Cadence, Kind


class Fact(StrEnum):
    """The four things a professional step must say."""

    WHO = "who"
    WHAT = "what"
    WHEN = "when"
    WHY = "why"


@dataclass(frozen=True, slots=True)
class Lack:
    """One of the four is missing or incomplete; `parts` names what of it."""

    fact: Fact
    parts: tuple[str, ...]


class Hint(StrEnum):
    """Why a self-directed step adds little: it is turning up for treatment, or repeats a professional step."""

    ATTENDS = "attends"
    REPEATS = "repeats"


# Words that name a contact but not what is done in it.
VAGUE_WORDS = "see meet meeting meetings visit visits appointment appointments session sessions help support"
STOP_WORDS = (
    "a an and at the to of for in on with by my her his their our your will i is be or from as so that this it go "
    "going do doing make use who patient client once twice times time day days daily week weeks weekly month months "
    "monthly every each least next"
)
VAGUE, STOP = frozenset(VAGUE_WORDS.split()), frozenset(STOP_WORDS.split())
TURNING_UP = re.compile(
    r"\b(attend\w*|go(es|ing)? (back )?to|come|comes|coming|show(s|ing)? up|turn(s|ing)? up|participat\w+|complet\w+"
    r"|keep(s|ing)?|resum\w+|continu\w+|engag\w+ in|comply|complies|complying|cooperat\w+|follow through)\b",
    re.IGNORECASE,
)
SERVICE = re.compile(
    r"\b((psycho)?therap(y|ies|ist'?s?)|treatments?|counsel\w+|cbt|dbt|emdr|mbsr|sessions?|appointments?|clinics?"
    r"|class(es)?|programme?s?|rehab\w*|detox\w*|day hospital|psychiatr\w+|psycholog\w+|doctor'?s?|outpatient"
    r"|case manag\w+|medication (visits?|management|reviews?)|group therapy|dialysis)\b",
    re.IGNORECASE,
)
# Mutual help and one's own life are not services, however much they are attended.
OWN = re.compile(
    r"\b(aa|na|al-anon|smart recovery|twelve[- ]step|12[- ]step|peer|mutual|church|mosque|temple|synagogue|choir|gym"
    r"|yoga|dance|art|pottery|cooking|language|college|school|university|homework|practi[cs]\w+|log|diary|journal"
    r"|record|hierarchy)\b",
    re.IGNORECASE,
)
ALIKE = 0.6


def lacking(
    name: str | None,
    discipline: str | None,
    what: str,
    cadence: Cadence | None,
    purpose: str | None,
    span_said: bool = False,
) -> tuple[Lack, ...]:
    """List which of WHO, WHAT, WHEN and WHY a professional step doesn't say yet, in that order.

    `span_said`: the plan states a span in words though no end date follows from it.
    """
    who = [part for part, value in (("name", name), ("discipline", discipline)) if not _said(value)]
    found = (
        (Fact.WHO, who),
        (Fact.WHAT, [] if _words(what) - VAGUE else ["modality"]),
        (Fact.WHEN, _when(cadence, span_said)),
        (Fact.WHY, [] if _said(purpose) else ["purpose"]),
    )
    return tuple(Lack(fact, tuple(parts)) for fact, parts in found if parts)


def _when(cadence: Cadence | None, span_said: bool) -> list[str]:
    """What is missing of frequency, minutes and over what period; a once has a day in place of a period."""
    if cadence is None or cadence.kind is Kind.ONGOING:
        return ["how_often", "minutes", "period"][: 2 if span_said else 3]
    found = ["minutes"] if cadence.minutes is None else []
    if cadence.kind is Kind.ONCE:
        return found if cadence.due or span_said else [*found, "day"]
    return found if cadence.valid_to or span_said else [*found, "period"]


def hint(text: str, professional_texts: Iterable[str] = ()) -> Hint | None:
    """Say why a self-directed step adds little, if it does. Modest: in doubt it says nothing."""
    if attends(text):
        return Hint.ATTENDS
    return Hint.REPEATS if any(repeats(text, other) for other in professional_texts) else None


def attends(text: str) -> bool:
    """Tell whether the whole step is turning up for a professional service. Mutual help doesn't count as one."""
    return bool(TURNING_UP.search(text) and SERVICE.search(text)) and not OWN.search(text)


def repeats(text: str, other: str) -> bool:
    """Tell whether a step says little but what another says already: most of its words are the other's."""
    own, others = _stems(text), _stems(other)
    return len(own) > 0 and len(own & others) / len(own) > ALIKE


def _said(value: str | None) -> bool:
    return bool(value and value.strip())


def _words(text: str) -> set[str]:
    return set(re.findall(r"[^\W\d_]+", text.lower())) - STOP


def _stems(text: str) -> set[str]:
    return {re.sub(r"(ing|ies|es|ed|s|y)$", "", word) if len(word) > 4 else word for word in _words(text)}
