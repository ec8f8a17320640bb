"""*See as …*: the page somebody of the circle gets, made by the same queries and templates, with nothing to press."""

import re
from typing import Any

from flask import abort, render_template
from markupsafe import Markup

from webapp import clock
from webapp.domain.sharing import Scope
from webapp.domain.wall_time import local_day
from webapp.queries import access, caseload, promises
from webapp.queries.before_session import before_session
from webapp.queries.people import Member
from webapp.views import before_session as session_view
from webapp.views import care_plan as plan_view
from webapp.views import edge
from webapp.views import promises as promises_view

_ADDRESS = re.compile(r'(<a\b[^>]*?) href="[^"]*"')
_PRESSED = re.compile(r"<(button|input|select|textarea)\b")


def still(html: str) -> Markup:
    """Take the addresses out of links, whose pages are another person's, and let nothing be pressed or written in.

    A disabled fieldset around it all would take what only scrolls for disabled, too.
    """
    return Markup(_PRESSED.sub(r"<\1 disabled", _ADDRESS.sub(r"\1", str(html))))


def promises_page(member: Member) -> str:
    """The page of a supporter: what of it is about this client, on the supporter's own day."""
    client, now = edge.actor(), clock.now()
    found = access.seen_by(edge.reading(), client.id, member.id, "supporter", now)
    today = local_day(now, member.time_zone, member.day_starts_at)
    circles = promises.circles(edge.reading(), member.id, [found], today, now) if found else ()
    return _page("promises", member, circles=circles, asked_first=found is None, typed=None, **promises_view.tools())


def caseload_page(member: Member) -> str:
    """The row of the client among a care-team member's clients."""
    client, now = edge.actor().id, clock.now()
    found = [one for one in caseload.clients(edge.reading(), member.id, now) if one.id == client]
    return _page("caseload", member, lines=caseload.lines(edge.reading(), found, now))


def session_page(member: Member) -> str:
    """The page before the session."""
    found = _opened(member)
    told = before_session(edge.reading(), found, member.id, clock.now())
    return _page("session", member, **session_view.shown(found, told))


def plan_page(member: Member) -> str:
    """The plan in the editor."""
    found = _opened(member)
    if not found.rights.sees(Scope.PLAN):
        abort(404)
    return _page("plan", member, **plan_view.shown(found))


def _opened(member: Member) -> access.ClientAccess:
    return access.seen_by(edge.reading(), edge.actor().id, member.id, "care_team", clock.now()) or abort(404)


def _page(what: str, member: Member, **shown: Any) -> str:
    found = access.seen_by(edge.reading(), edge.actor().id, member.id, member.kind, clock.now())
    return render_template("people/seen.html", what=what, seen_as=member, access=found, **shown)
