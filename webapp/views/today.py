"""Today: the one thing to do next is obvious; everything else can wait."""

from dataclasses import replace
from typing import Any

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from webapp import clock
from webapp.domain.check_ins import AHEAD, BACK
from webapp.domain.today import Part, part_now
from webapp.queries import pauses
from webapp.queries import today as queries
from webapp.views import cards, edge, formats
from webapp.views.cards import CardView
from webapp.views.translate import _

blueprint = Blueprint("today", __name__, url_prefix="/today")

ENOUGH = 3
"""Days with something done before Cairn is offered for the home screen, and then only once today has something, too."""


@blueprint.get("")
def page() -> ResponseReturnValue:
    return show()


def show(changed: CardView | None = None, status: int = 200) -> ResponseReturnValue:
    """Render Today; a card with something still to put right stands in place of its own."""
    who, day = edge.actor(), edge.today()
    found = queries.page(edge.reading(), who.id, day, who.week_starts_on, who.zone, who.day_starts_at)
    views = [cards.view(card, who.id, found.bad_day) for card in found.cards]
    if changed is not None:
        views = [changed if one.id == changed.id else one for one in views]
    waiting = [one for one in views if one.open]
    wait = [one for one in waiting if found.bad_day and can_wait(one) and one is not changed]
    shown = [one for one in waiting if one not in wait]
    return render_template(
        "today/page.html",
        date=formats.long_day(day),
        greeting=greeting(who.called),
        groups=_groups(shown),
        wait=wait,
        answered=[one for one in views if not one.open],
        today=found,
        offers=found.days_kept >= ENOUGH and not found.bad_day and any(one.said for one in views),
        waits_on_a_bad_day=[one.id for one in waiting if can_wait(one)],
        resting=bool(not shown and rests_today()),
        **context(),
    ), status


def rests_today() -> bool:
    """Whether everything rests today. Asked only when nothing is open: a query of its own."""
    found = pauses.current(edge.reading(), edge.actor().id, edge.today())
    return any(one.step_id is None and one.starts_on <= edge.today() for one in found)


def can_wait(one: CardView) -> bool:
    """On a bad day only what has a smallest version stays in sight, and medicine: leaving it out may do harm."""
    return not one.card.step.smallest and one.card.step.intervention != "medication"


def greeting(called: str) -> str:
    """Greet by the part of the day it is where the person is."""
    part = part_now(clock.now().astimezone(edge.actor().zone))
    words = {
        Part.MORNING: _("Good morning, %(name)s", name=called),
        Part.AFTERNOON: _("Good afternoon, %(name)s", name=called),
    }
    return words.get(part) or _("Good evening, %(name)s", name=called)


def context() -> dict[str, Any]:
    """What every template with a card in it needs."""
    day = edge.today()
    return {
        "reasons": cards.REASONS,
        "day": day,
        "first_day": day - BACK,
        "last_day": day + AHEAD,
    }


def _groups(views: list[CardView]) -> list[tuple[str, str, list[CardView]]]:
    """Put cards under their parts of the day, by time; the first of them is the one next thing."""
    names = {
        Part.MORNING: (_("Morning"), "sunrise"),
        Part.AFTERNOON: (_("Afternoon"), "sun"),
        Part.EVENING: (_("Evening"), "moon"),
        Part.ANY_TIME: (_("Any time"), "leaf"),
        Part.AS_NEEDED: (_("When you need it"), "heart-handshake"),
    }
    ordered = sorted(views, key=lambda one: (list(Part).index(one.card.place.part), one.slot))
    if ordered and ordered[0].card.place.part is not Part.AS_NEEDED:
        ordered[0] = replace(ordered[0], next=True)
    found = ((names[part], [one for one in ordered if one.card.place.part is part]) for part in Part)
    return [(*name, told) for name, told in found if told]
