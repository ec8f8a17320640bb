"""For the admin: every crisis line, where it was seen, and whether a person has confirmed it."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from webapp.domain.crisis_lines import lines_for
from webapp.queries import help_now
from webapp.views import edge
from webapp.views.help_now import OWN_FILE, all_lines

blueprint = Blueprint("crisis_lines", __name__)


@blueprint.get("/crisis-lines")
def page() -> ResponseReturnValue:
    country = help_now.facts(edge.reading(), edge.actor().id).country
    shown = lines_for(country, all_lines())
    lines = ([shown.emergency] if shown.emergency else []) + list(shown.lines)
    others = [line for line in all_lines() if line not in lines]
    return render_template("crisis_lines/page.html", country=country, lines=lines, others=others, file=OWN_FILE)
