"""Backups on the admin's page: when the last was made and how large it is, and one asked for now."""

from dataclasses import dataclass
from datetime import timedelta

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_decimal

from webapp import clock
from webapp.domain.backups import Progress, Stage
from webapp.queries import backups as queries
from webapp.services import backups
from webapp.views import edge
from webapp.views.phrases import when_words
from webapp.views.translate import _, ngettext

blueprint = Blueprint("backups", __name__, url_prefix="/admin/backups")
SOON = timedelta(seconds=30)
"""The jobs look every other second; whoever waits longer is told that they may not run."""
MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Standing:
    """What the page says: of the newest backup, of them all, and of one under way or just over."""

    newest: str | None
    all_of_them: str | None
    now: str | None
    under_way: bool
    ended_well: bool


@blueprint.get("")
def page() -> ResponseReturnValue:
    """How it stands now: a fragment for htmx, which asks while a backup is being made."""
    return _answer()


@blueprint.post("")
def begin() -> ResponseReturnValue:
    """Ask for a backup."""
    backups.want(edge.config().backups, clock.now())
    return _answer()


def _answer() -> ResponseReturnValue:
    if not edge.from_htmx():
        return edge.see_other(url_for("admin.page", _anchor="backups"))
    return render_template("admin/_backups.html", backup=standing(), fresh=True)


def standing() -> Standing:
    """Say how backups stand."""
    folder = edge.config().backups
    found, progress = queries.all_of(folder), queries.progress(folder)
    size = sum(one.size for one in found)
    number = ngettext("%(num)d backup", "%(num)d backups", len(found))
    return Standing(
        newest=_("%(when)s, %(size)s", when=when_words(found[0].at), size=size_words(found[0].size)) if found else None,
        all_of_them=_("%(number)s, %(size)s together", number=number, size=size_words(size)) if found else None,
        now=progress_words(progress) if progress else None,
        under_way=progress is not None and progress.stage.under_way,
        ended_well=progress is not None and progress.stage is Stage.MADE,
    )


def progress_words(progress: Progress) -> str:
    """Say how far the backup is that was asked for, or how it ended."""
    waits = progress.stage is Stage.WANTED and clock.now() - progress.at > SOON
    if waits and queries.being_made(edge.config().backups):
        return _("Another backup is being made just now. Yours comes next.")
    if waits:
        return _("Nothing has begun yet. Backups are made by “cairn jobs”: is it running?")
    if progress.stage is Stage.COPYING and progress.of:
        return _("Copying: %(done)s of about %(of)s.", done=size_words(progress.done), of=size_words(progress.of))
    when = when_words(progress.at)
    return {
        Stage.WANTED: _("It begins in a moment."),
        Stage.COPYING: _("Copying."),
        Stage.CHECKING: _("Copied. Reading it back, to be sure that it is whole."),
        Stage.MADE: _("The backup you asked for is made and was read back whole (%(when)s).", when=when),
        Stage.FULL: _("No backup was made (%(when)s): the disk is full. Make room and ask again.", when=when),
        Stage.DAMAGED: _(
            "No backup was kept (%(when)s): the copy could not be read back whole. “cairn check” says more.", when=when
        ),
        Stage.STOPPED: _("The backup was stopped halfway (%(when)s). Nothing is lost; ask again.", when=when),
    }[progress.stage]


def size_words(size: int) -> str:
    """Say a size in megabytes, in kilobytes where it is small."""
    if size < MEGABYTE:
        return _("%(number)s kB", number=format_decimal(round(size / 1000)))
    return _("%(number)s MB", number=format_decimal(size / MEGABYTE, "#,##0.0"))
