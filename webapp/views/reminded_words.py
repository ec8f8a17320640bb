"""A reminder that came due, in words: what can still be said to it, and what comes of it."""

from dataclasses import dataclass
from datetime import timedelta

from webapp import clock
from webapp.domain.check_ins import BACK, CheckIn
from webapp.domain.scores import Outcome
from webapp.domain.snoozes import EVENING, WAITS, Again, First, again, until_evening
from webapp.domain.wall_time import local_day
from webapp.queries.reminded import Reminded
from webapp.services import answers
from webapp.views import edge
from webapp.views.phrases import clock_words, date_words, day_words, slot_words, when_words
from webapp.views.translate import _, ngettext

THIS_EVENING = "evening"


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to be reminded later; `value` is what its button sends."""

    value: str
    words: str


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page shows of a reminder.

    `about` says for which day it is; `mine` is what its owner said last about it, `note` what else there is to know.
    `asks`: something can still be said. `ask_why`: a reason might be given. `later` are the waits that fit before
    whatever comes first, which `first` names where none does.
    """

    about: str
    mine: CheckIn | None
    note: str | None
    asks: bool
    ask_why: bool
    is_today: bool
    later: tuple[Choice, ...]
    first: str | None


def shown(to: Reminded) -> Shown:
    """Work out what still makes sense to say."""
    said, over = mine(to), _over(to)
    if said is None and over is None and to.already:
        over = _("You already said how it went.")
    asks = said is None and over is None
    choices, first = _choices(to) if asks and can_wait(to) else ((), None)
    not_today = said is not None and said.outcome is Outcome.NOT_TODAY
    return Shown(
        about=_about(to),
        mine=said,
        note=over or (_note(to) if said is None else None),
        asks=asks,
        ask_why=not_today and to.commitment_id is None and said is not None and said.reason is None,
        is_today=is_today(to),
        later=choices,
        first=first,
    )


def mine(to: Reminded) -> CheckIn | None:
    """What the reminder's owner said last about its day."""
    return next((one for one in reversed(to.said) if one.voice == edge.actor().id), None)


def is_today(to: Reminded) -> bool:
    """Whether it came due on the day its owner is in."""
    who = edge.actor()
    return local_day(to.due_at, who.zone, who.day_starts_at) == edge.today()


def can_wait(to: Reminded) -> bool:
    """Whether it can come again: on the day it came due, while it has anything to say."""
    left = to.left
    return is_today(to) and not (to.ended or left.done or left.quota_met or left.paused or left.ended)


def later_words(comes: Again, to: Reminded) -> str:
    """Say when it comes again, or plainly what comes first."""
    if comes.at is not None:
        return _("It comes again %(when)s.", when=when_words(comes.at))
    return first_words(comes.first, to)


def first_words(first: First | None, to: Reminded) -> str:
    """Say why it does not come again by itself before something else."""
    if first is First.NEXT and to.next_at is not None:
        return _("The next one, %(when)s, comes before that.", when=when_words(to.next_at))
    if first is First.QUIET:
        return _("Your quiet hours begin before that, so Cairn stays silent.")
    if first is First.NOWHERE:
        return _("Nothing comes again: Cairn has nowhere to write to you just now.")
    return _("Your day ends before that. It won't come again today.")


def refusal(code: str, to: Reminded) -> str:
    """Say why its day can't be told of."""
    if code == "ended":
        return _("This had ended by then. Days until then can be told of.")
    return too_long_ago(to) if code == "too_long_ago" else to_come(to)


def too_long_ago(to: Reminded) -> str:
    return _("%(day)s is a while ago. Days up to 60 days back can be told of.", day=date_words(to.day))


def to_come(to: Reminded) -> str:
    return _("%(day)s is still to come. You can tell of it then.", day=date_words(to.day))


def saved(to: Reminded, outcome: Outcome) -> str:
    day = day_words(to.day)
    if not to.doing:
        done = outcome is Outcome.DONE
        return _("Saved: it happened, %(day)s.", day=day) if done else _("Saved: it didn't happen, %(day)s.", day=day)
    if outcome is Outcome.DONE:
        return _("Saved: done, %(day)s.", day=day)
    if to.day == edge.today():
        return _("Saved: not today. That is all right.")
    return _("Saved: not on %(day)s. That is all right.", day=date_words(to.day))


def _choices(to: Reminded) -> tuple[tuple[Choice, ...], str | None]:
    now, who = clock.now(), edge.actor()
    evening = until_evening(now, who.zone)
    waits = [(str(int(wait.total_seconds()) // 60), wait, _wait_words(wait)) for wait in WAITS]
    if evening is not None:
        waits.append((THIS_EVENING, evening, _("This evening, %(at)s", at=clock_words(EVENING))))
    day_ends = answers.end_of_day(who, now)
    comes = [again(now, wait, to.next_at, day_ends, to.quiet, to.zone) for _value, wait, _words in waits]
    fitting = tuple(
        Choice(value, words) for (value, wait, words), one in zip(waits, comes, strict=True) if one.at == now + wait
    )
    return fitting, None if fitting else _soon_words(comes[0], to)


def _soon_words(comes: Again, to: Reminded) -> str:
    """Say why there is no "later" to choose."""
    if comes.first is First.NEXT and to.next_at is not None:
        return _("The next one comes %(when)s.", when=when_words(to.next_at))
    if comes.first is First.DAY_ENDS:
        return _("Your day ends soon, so this one won't come again.")
    return _("Your quiet hours are near, so this one won't come again before they are over.")


def _wait_words(wait: timedelta) -> str:
    minutes = int(wait.total_seconds()) // 60
    if minutes % 60:
        return ngettext("%(num)d minute", "%(num)d minutes", minutes)
    return ngettext("%(num)d hour", "%(num)d hours", minutes // 60)


def _about(to: Reminded) -> str:
    day = slot_words(to.day, to.slot)
    if to.called is not None:
        return _("You promised this to %(name)s, for %(day)s", name=to.called, day=day)
    return _("Your reminder for %(day)s", day=day)


def _over(to: Reminded) -> str | None:
    """Say why nothing can be said any more, if so."""
    if to.day < edge.today() - BACK:
        return too_long_ago(to)
    if to.ended or to.left.ended:
        return _("This is not asked for any more. There is nothing to do.")
    return None


def _note(to: Reminded) -> str | None:
    if to.said:
        return _said_words(to.said[-1].counts, to.called)
    if to.left.paused:
        return _("You are resting from this. Nothing is asked of you.")
    if to.left.quota_met:
        return _("You already have as many as you planned. If you did it once more, it counts for you all the same.")
    return None


def _said_words(happened: bool, name: str | None) -> str:
    """Say what somebody else said about it: the client by name, or else the supporter."""
    if name is not None:
        return _("%(name)s says it happened.", name=name) if happened else _("%(name)s says: not that day.", name=name)
    return _("Your supporter says it happened.") if happened else _("Your supporter says: not that day.")
