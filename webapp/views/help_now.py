"""Help now: own people first, then own strategies, then the crisis lines of the country. Open to anybody."""

import re
from pathlib import Path

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.domain.crisis_lines import CrisisLine, lines_for
from webapp.domain.people import Role
from webapp.interop import crisis_lines
from webapp.queries import contacts, coping, help_now
from webapp.services import reasons
from webapp.views import edge, formats
from webapp.views.translate import _, suggest_asked

blueprint = Blueprint("help_now", __name__)
OWN_FILE = "crisis_lines.json"


@blueprint.get("/help-now")
def page() -> ResponseReturnValue:
    """Show help; whatever goes wrong with the personal part must never take the lines away."""
    country = edge.config().country
    own: dict[str, object] = {"to_keep": suggest_asked()}
    if current_user.is_authenticated:
        who, connection = edge.actor(), edge.reading()
        facts = help_now.facts(connection, who.id)
        country = facts.country
        if who.is_a(Role.CLIENT):
            own |= {
                "people": contacts.of_client(connection, who.id),
                "strategies": coping.crisis_strategies(connection, who.id),
                "reasons": facts.reasons,
            }
    return render_template("help_now/page.html", lines=lines_for(country, all_lines()), dial=dial, **own)


@blueprint.get("/help-now/reasons")
def write_reasons() -> ResponseReturnValue:
    """Show the form for the client's own reasons."""
    kept = help_now.facts(edge.reading(), edge.actor().id).reasons
    return render_template("help_now/reasons.html", words=kept or "", problems={})


@blueprint.post("/help-now/reasons")
def keep_reasons() -> ResponseReturnValue:
    """Keep them, or take them off when nothing is left of them."""
    words = request.form.get("reasons", "").strip()
    if len(words) > reasons.LONGEST:
        problems = {
            "reasons": _(
                "That is longer than %(most)d letters. It is still here; please shorten it.", most=reasons.LONGEST
            )
        }
        return render_template("help_now/reasons.html", words=words, problems=problems), 422
    with edge.writing() as session:
        reasons.keep(session, edge.actor().id, words or None)
    return edge.see_other(url_for("help_now.page"))


def all_lines() -> tuple[CrisisLine, ...]:
    return crisis_lines.load(lines_file(), formats.locale().language)


def lines_file() -> Path:
    """The organisation's own file beside the configuration, where there is one, else the lines that come along."""
    own: Path = edge.config().config / OWN_FILE
    return own if own.is_file() else crisis_lines.BUNDLED


@blueprint.app_template_filter("other_languages")
def other_languages(line: CrisisLine) -> str:
    """Name the languages a line speaks, when the reader's is not among them; nothing otherwise."""
    here = formats.locale()
    if not line.languages or here.language in line.languages:
        return ""
    return formats.joined([str(here.languages.get(code, code)) for code in line.languages])


def dial(phone: str) -> str:
    """Keep of a phone number what a phone can dial."""
    return re.sub(r"[^0-9+*#]", "", phone)
