"""Before the session: one page that answers in 60 seconds; and the front door of a client's record."""

from datetime import date
from typing import Any

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from webapp import clock
from webapp.domain.before_session import LookKind, NeedsLook, WeekCounts, Win
from webapp.queries.access import ClientAccess
from webapp.queries.before_session import BeforeSession, Confirmed, PlanDates, Reached, before_session
from webapp.queries.sessions import Meeting
from webapp.views import edge, phrases
from webapp.views.translate import _, ngettext

blueprint = Blueprint("before_session", __name__)


@blueprint.get("/clients/<int:client_id>")
def client(client_id: int) -> ResponseReturnValue:
    return redirect(url_for("before_session.page", client_id=client_id), code=303)


@blueprint.get("/clients/<int:client_id>/before-session")
def page(client_id: int) -> ResponseReturnValue:
    """Show the page; the client can read who looked (policies.py)."""
    access: ClientAccess = edge.record()
    who, now = edge.actor(), clock.now()
    return render_template(
        "before_session/page.html", **shown(access, before_session(edge.reading(), access, who.id, now))
    )


def shown(access: ClientAccess, told: BeforeSession) -> dict[str, Any]:
    """What the page needs, for whoever gets it and for the client who sees as they do."""
    page = {"client": access, "told": told, "reviewable": _reviewable(told), "zone": access.time_zone}
    return page | {"to_copy": render_template("before_session/note.txt", **page)}


def _reviewable(told: BeforeSession) -> Meeting | None:
    """The session a receipt belongs to: the one that should be under way, else the next, else the last."""
    return told.meetings.waiting or told.meetings.next or told.meetings.last


@blueprint.app_template_filter("look_words")
def look_words(look: NeedsLook) -> str:
    """Say what needs a look, without alarm."""
    return {
        LookKind.NO_LONGER_FITS: _("“%(words)s”: said it no longer fits", words=look.words),
        LookKind.QUIET: ngettext("No record for %(num)d day", "No record for %(num)d days", look.number),
        LookKind.LESS_THAN_HALF: _(
            "“%(words)s”: %(kept)d of %(asked)d so far", words=look.words, kept=look.number, asked=look.of
        ),
        LookKind.STAYS_HIGH: ngettext(
            "After “%(words)s” distress stayed high (%(num)d use)",
            "After “%(words)s” distress stayed high (%(num)d uses)",
            look.number,
            words=look.words,
        ),
        LookKind.NOT_REACHED: ngettext(
            "%(num)d reminder did not arrive", "%(num)d reminders did not arrive", look.number
        ),
    }[look.kind]


@blueprint.app_template_filter("win_words")
def win_words(win: Win) -> str:
    """Name the one win."""
    if win.first:
        return _("“%(words)s”: kept for the first time last week", words=win.words)
    if win.asked:
        return _("“%(words)s”: %(kept)d of %(asked)d so far", words=win.words, kept=win.kept, asked=win.asked)
    return ngettext("“%(words)s”: %(num)d time", "“%(words)s”: %(num)d times", win.count, words=win.words)


@blueprint.app_template_filter("week_words")
def week_words(week: WeekCounts) -> str:
    """Say one week of one step in few words: "2 of 2", "3, at most 1", "4 times"; nothing when nothing was asked."""
    if week.limit is not None:
        return _("%(count)d, at most %(limit)d", count=week.count, limit=week.limit)
    if week.asked:
        return _("%(kept)d of %(asked)d", kept=week.kept, asked=week.asked)
    return ngettext("%(num)d time", "%(num)d times", week.count) if week.count else ""


@blueprint.app_template_filter("week_parts")
def week_parts(week: WeekCounts) -> str:
    """Say what a week is made of: "1 done, 1 some, 3 no record"."""
    parts = [
        (week.done, _("%(n)d done", n=week.done)),
        (week.some, _("%(n)d some", n=week.some)),
        (week.not_today, _("%(n)d not today", n=week.not_today)),
        (week.no_record, _("%(n)d no record", n=week.no_record)),
    ]
    said = [words for number, words in parts if number] + ([_("still open")] if week.open else [])
    return ", ".join(said)


@blueprint.app_template_filter("confirmed_words")
def confirmed_words(told: Confirmed) -> str:
    """Say what came of a supporter's promise: "it happened twice, it moved once"; what never was is left out."""
    unanswered = {
        "proposed": _("asked, no answer yet"),
        "change_suggested": _("suggested a change"),
        "declined": _("cannot do it"),
    }.get(told.state)
    if unanswered:
        return unanswered
    counts = (
        (told.happened, ngettext("it happened %(num)d time", "it happened %(num)d times", told.happened)),
        (told.moved, ngettext("it moved %(num)d time", "it moved %(num)d times", told.moved)),
        (told.not_happened, ngettext("it didn’t %(num)d time", "it didn’t %(num)d times", told.not_happened)),
    )
    return ", ".join(words for number, words in counts if number) or _("promised, nothing said since")


@blueprint.app_template_filter("reached_words")
def reached_words(told: Reached) -> str:
    """Say whether reminders reached the client; a count of none is left out."""
    counts = (
        (told.sent, ngettext("%(num)d reminder sent", "%(num)d reminders sent", told.sent)),
        (told.in_doubt, ngettext("%(num)d we can’t be sure of", "%(num)d we can’t be sure of", told.in_doubt)),
        (told.not_reached, ngettext("%(num)d did not arrive", "%(num)d did not arrive", told.not_reached)),
    )
    return ", ".join(words for number, words in counts if number)


@blueprint.app_template_filter("plan_dates")
def plan_dates(plan: PlanDates, today: date) -> str:
    """Say the plan's dates: "from 5 Oct, to 31 Mar 2027, review on 7 Dec, version 3"; a review gone by is said."""
    passed = plan.review_on is not None and plan.review_on < today
    said = [
        (plan.starts_on, _("from %(day)s")),
        (plan.ends_on, _("to %(day)s")),
        (plan.review_on, _("the review was for %(day)s") if passed else _("review on %(day)s")),
    ]
    dates = [words % {"day": phrases.date_words(day)} for day, words in said if day]
    return ", ".join([*dates, _("version %(n)d", n=plan.version)])
