"""Say in plain words what became of a reminder. What went wrong on our side is never the reader's fault."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from webapp.domain.deliveries import Channel, DeliveryKind, Verdict
from webapp.queries.deliveries import Line, Try
from webapp.views import edge
from webapp.views.devices import device_words
from webapp.views.phrases import clock_words, list_words, when_words
from webapp.views.translate import _

WAITING = ("pending", "claimed", "sending")
SPOKEN = (*WAITING, "sent", "unknown", "failed")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the ledger in words. `mark` is "sent", "waiting", "doubt", "silent" or "lost"."""

    line: Line
    mark: str
    title: str
    words: str


def entries(lines: Iterable[Line]) -> list[Entry]:
    """Put every line into words."""
    return [Entry(line, mark_of(line), _title(line), _words(line)) for line in lines]


def mark_of(line: Line) -> str:
    """Say how it went altogether: reached anywhere is reached."""
    states = {one.state for one in line.tries}
    if "sent" in states:
        return "sent"
    if states & set(WAITING):
        return "waiting"
    if "unknown" in states:
        return "doubt"
    return "lost" if line.expired or "failed" in states or not states else "silent"


def off_words(because: str | None) -> str:
    """Say why an address is switched off."""
    return _(
        "Three mails in a row were refused (%(said)s), so we stopped writing there. "
        "Once the address is right, switch it on again.",
        said=because or _("no reason given"),
    )


def _title(line: Line) -> str:
    notices = {
        "sessions": _("Your sessions of the next day"),
        "look_back": _("A look back at your week"),
        "review": _("Your plan comes up for a review"),
        "ending": _("A step ends soon"),
    }
    if line.notice is not None:
        return notices.get(line.notice, _("A message from Cairn"))
    return line.words or _("A promise that ended")


def _words(line: Line) -> str:
    spoken = [one for one in line.tries if one.state in SPOKEN]
    if line.expired:
        parts = [_("not sent: Cairn was not running then. Our fault, not yours")]
    elif not line.tries:
        parts = [_("not sent: there was nowhere to write to")]
    elif not spoken:
        parts = [_silent_words(line.tries[0])]
    else:
        parts = [_group_words(list(group), line) for _key, group in groupby(spoken, key=lambda one: _alike(one, line))]
    said = " · ".join(parts + _answer(line))
    return said[:1].upper() + said[1:]


def _alike(one: Try, line: Line) -> tuple[str | None, ...]:
    """Tries that are told together: the same, at the same minute, in several places."""
    return one.kind, one.state, one.because if one.state == "pending" else None, _at(_moment(one), line)


def _group_words(tries: Sequence[Try], line: Line) -> str:
    one, at = tries[0], _at(_moment(tries[0]), line)
    if one.state == "sent":
        return _sent_words(tries, line, at)
    if one.state in WAITING:
        return _waiting_words(one, at)
    if one.state == "unknown":
        if any(each.channel == Channel.EMAIL for each in tries):
            return _("it may have arrived; we can't tell. So that you don't get it twice, we didn't send it again")
        return _("we can't tell whether it came %(where)s", where=_where(tries))
    if all(each.because == Verdict.ADDRESS_OFF for each in tries):
        if one.channel == Channel.EMAIL:
            return _("not sent: mails to this address are switched off")
        return _("not sent: this device was switched off")
    return _("we couldn't reach %(places)s: our fault, not yours", places=list_words(_places(tries)))


def _sent_words(tries: Sequence[Try], line: Line, at: str) -> str:
    where = _where(tries)
    if tries[0].kind == DeliveryKind.FALLBACK:
        lost = any(one.state == "failed" for one in line.tries)
        if lost:
            return _("we wrote you a mail instead at %(at)s", at=at)
        return _("and by mail at %(at)s, as there was no answer", at=at)
    if tries[0].kind == DeliveryKind.FOLLOW_UP:
        return _("once more %(where)s at %(at)s, as there was no answer", where=where, at=at)
    if tries[0].kind == DeliveryKind.LATER:
        return _("again %(where)s at %(at)s, as you asked", where=where, at=at)
    return _("sent %(where)s at %(at)s", where=where, at=at)


def _waiting_words(one: Try, at: str) -> str:
    if one.because == "deferred_quiet":
        return _("waits until your quiet hours are over")
    if one.kind == DeliveryKind.LATER:
        return _("comes again at %(at)s", at=at)
    if one.kind in (DeliveryKind.FOLLOW_UP, DeliveryKind.FALLBACK):
        return _("comes once more at %(at)s, if you don't answer", at=at)
    return _("on its way")


def _silent_words(one: Try) -> str:
    return {
        "cancelled_done": _("not sent: you had already said how it went"),
        "cancelled_quota": _("not sent: you already had as many as you planned"),
        "suppressed_paused": _("not sent: you were having a rest from it"),
        "answered": _("not sent: you had already answered"),
        "ended": _("not sent: it was no longer asked for"),
        "revoked": _("not sent: the promise had ended"),
        "expired": _("not sent: it would have come too late to help"),
    }.get(one.because or "", _("not sent"))


def _answer(line: Line) -> list[str]:
    if line.answer is None or line.answered_at is None:
        return []
    at = _at(line.answered_at, line)
    said = {
        "done": _("you said done at %(at)s", at=at),
        "later": _("you said later at %(at)s", at=at),
        "not_today": _("you said not today at %(at)s", at=at),
    }
    return [said[line.answer]]


def _where(tries: Sequence[Try]) -> str:
    """Say where it went: "to your phone and by mail"."""
    said = []
    for one, place in zip(tries, _places(tries), strict=True):
        known = {Channel.EMAIL.value: _("by mail"), Channel.NTFY.value: _("through ntfy")}
        said.append(known.get(one.channel) or _("to %(place)s", place=place))
    return list_words(list(dict.fromkeys(said)))


def _places(tries: Sequence[Try]) -> list[str]:
    """Name the places; two phones go by their full names."""
    short = [_place(one) for one in tries]
    return [
        one.device if short.count(name) > 1 and one.device else name for one, name in zip(tries, short, strict=True)
    ]


def _place(one: Try) -> str:
    if one.channel == Channel.PUSH:
        return device_words(one.device)
    return _("your mail address") if one.channel == Channel.EMAIL else _("you through ntfy")


def _moment(one: Try) -> datetime:
    return one.sent_at or one.due_at


def _at(instant: datetime, line: Line) -> str:
    """Say a time of day, with its day where that is not the reminder's own."""
    zone = edge.actor().zone
    local = instant.astimezone(zone)
    same = local.date() == line.due_at.astimezone(zone).date()
    return clock_words(local.time()) if same else when_words(instant)
