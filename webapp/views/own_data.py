"""Everything about oneself, to take along; and to leave, with time to think again."""

from datetime import datetime

from flask import Blueprint, Response, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from webapp import clock
from webapp.domain.own_data import GRACE, NOBODYS, SECRETS, TIES, Obstacle, leaves_at, out_of_backups
from webapp.domain.people import Role
from webapp.domain.wall_time import local_day
from webapp.interop import own_data as interop
from webapp.queries import own_data as queries
from webapp.queries.own_data import OwnData
from webapp.services import own_data as services
from webapp.views import edge, formats, identity
from webapp.views.own_data_words import parts, parts_elsewhere, plain
from webapp.views.translate import _, ngettext

blueprint = Blueprint("own_data", __name__, url_prefix="/settings/own-data")

FILE = "my-data.zip"
"""Tells nobody who finds it whose it is, or from where."""


@blueprint.get("")
def page() -> ResponseReturnValue:
    return _page()


@blueprint.post("/download")
def download() -> ResponseReturnValue:
    """Hand out all there is about the actor, made now and kept nowhere."""
    found, who, now = queries.everything(edge.reading(), edge.actor().id), edge.actor(), clock.now()
    # The page keeps its style within itself, for it is read without us; here, nothing inline would be shown.
    style = Markup("<style>{}</style>").format(Markup(render_template("own_data/archive.css")))
    html = render_template(
        "own_data/archive.html",
        parts=parts(found),
        elsewhere=parts_elsewhere(found),
        made=plain(now),
        style=style,
        data_file=interop.DATA,
    )
    packed = interop.archive(html, _data(found, now), now.astimezone(who.zone))
    return Response(
        packed, mimetype="application/zip", headers={"Content-Disposition": f'attachment; filename="{FILE}"'}
    )


@blueprint.post("/delete")
def delete() -> ResponseReturnValue:
    """Let the account be deleted after the grace; at once, everybody is signed out of it, the actor too."""
    if request.form.get("sure") != "yes":
        return _page(_("Please tick that you have read this.")), 422
    try:
        with edge.writing() as session:
            leaving = services.ask(session, edge.actor(), clock.now())
    except services.InTheWay:
        return _page(), 422
    day = leaving_day(leaving)
    identity.leave()
    flash(_("Your account will be deleted on %(day)s. Until then, sign in to keep it.", day=day))
    return edge.see_other(url_for("sign_in.page"))


@blueprint.post("/keep")
def keep() -> ResponseReturnValue:
    """Take it back."""
    with edge.writing() as session:
        services.keep(session, edge.actor(), clock.now())
    flash(_("Your account stays. Nothing was deleted."))
    return edge.see_other(url_for("own_data.page"))


def obstacle_words(obstacle: Obstacle, clients: int) -> str:
    """Say what has to happen before somebody can leave."""
    if obstacle is Obstacle.ONLY_ADMIN:
        return _("You are the only admin. Give somebody else that role first, so that Cairn is looked after.")
    return ngettext(
        "You work with %(num)d client. An admin has to give them to somebody else first.",
        "You work with %(num)d clients. An admin has to give them to somebody else first.",
        clients,
    )


@blueprint.app_template_filter("leaving_day")
def leaving_day(at: datetime) -> str:
    """Say on which day an account is deleted."""
    return formats.long_day(local_day(at, edge.actor().time_zone, 0))


def _page(problem: str | None = None) -> str:
    who, now = edge.actor(), clock.now()
    found, clients = queries.in_the_way(edge.reading(), who.id, who.organisation_id, who.is_a(Role.ADMIN))
    leaving = who.leaves_at or leaves_at(now)
    gone = out_of_backups(local_day(leaving, who.time_zone, 0))
    return render_template(
        "own_data/page.html",
        layout=identity.layout_of(who),
        asked=who.leaves_at is not None,
        days=GRACE.days,
        leaves_on=leaving_day(leaving),
        gone_by=formats.long_day(gone),
        in_the_way=[obstacle_words(one, clients) for one in found],
        problem=problem,
    )


def _data(found: OwnData, now: datetime) -> dict[str, object]:
    """Lay out the JSON: what it is, what is left out and why, and every row."""
    left_out = {f"{table}.{name}": "a secret" for table, names in SECRETS.items() for name in sorted(names)}
    left_out |= {f"{name}.{tie.path}": tie.why for name, ties in TIES.items() for tie in ties if tie.why}
    return {
        "made_at": now,
        "names": found.names,
        "about_you": found.whole,
        "what_you_did_in_records_of_others": found.parts,
        "left_out": left_out | NOBODYS,
    }
