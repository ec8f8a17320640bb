"""Form fields that say in plain words what they need, and keep what was typed.

`N_` marks a label for translation when it is shown. A field left empty gives None;
`may_be_left` says that it may be.
"""

from datetime import date
from typing import Any

from flask import request
from wtforms import DateField, Field, Form, IntegerField, StringField, TextAreaField
from wtforms.validators import StopValidation, ValidationError

from webapp.views.translate import N_ as N_
from webapp.views.translate import _

LONGEST = 300
LONGEST_TEXT = 4000
FIRST_YEAR, LAST_YEAR = 1880, 2200


class OwnWords:
    """WTForms' own sentences, in ours: those that a form of ours can bring about."""

    def gettext(self, text: str) -> str:
        choices = ("Not a valid choice.", "Invalid Choice: could not coerce.")
        return _("Choose from the list.") if text in choices else _("Please look at this again.")

    def ngettext(self, one: str, many: str, num: int) -> str:
        return _("Choose from the list.")


class HouseForm(Form):
    """A form that speaks the reader's language, also where WTForms finds something."""

    class Meta:
        def get_translations(self, form: Any) -> OwnWords:
            return OwnWords()


class Needed:
    """Something has to stand here; `sentence` says what."""

    field_flags = {"required": False}

    def __init__(self, sentence: Any) -> None:
        self.sentence = sentence

    def __call__(self, form: Any, field: Field) -> None:
        if field.data in (None, "") and not field.errors:
            raise StopValidation(str(self.sentence))


class _Short:
    def __init__(self, longest: int) -> None:
        self.longest = longest

    def __call__(self, form: Any, field: Field) -> None:
        if field.data and len(field.data) > self.longest:
            raise ValidationError(_("This is longer than %(most)d letters. Please shorten it.", most=self.longest))


def typed() -> Any:
    """What was posted, or None for a form that is only shown: then the fields keep their first values."""
    return request.form if request.method == "POST" else None


def _trimmed(text: str | None) -> str | None:
    return (text or "").strip() or None


class Line(StringField):
    """One line of text."""

    def __init__(self, label: Any, needed: Any = None, longest: int = LONGEST, **more: Any) -> None:
        super().__init__(label, [*([Needed(needed)] if needed else []), _Short(longest)], filters=[_trimmed], **more)
        self.may_be_left = not needed


class Words(TextAreaField):
    """Some lines of text."""

    def __init__(self, label: Any, needed: Any = None, longest: int = LONGEST_TEXT, rows: int = 4, **more: Any) -> None:
        checks = [*([Needed(needed)] if needed else []), _Short(longest)]
        super().__init__(label, checks, filters=[_trimmed], render_kw={"rows": rows}, **more)
        self.may_be_left = not needed


class Number(IntegerField):
    """A whole number between two bounds."""

    def __init__(self, label: Any, least: int, most: int, needed: Any = None, **more: Any) -> None:
        super().__init__(label, [Needed(needed)] if needed else [], **more)
        self.least, self.most = least, most

    def process_formdata(self, valuelist: list[str]) -> None:
        typed = valuelist[0].strip() if valuelist else ""
        self.data = None
        if not typed:
            return
        if not typed.isascii() or not typed.isdigit() or not self.least <= int(typed[:9]) <= self.most or typed[9:]:
            raise ValueError(_("Write a whole number from %(least)d to %(most)d.", least=self.least, most=self.most))
        self.data = int(typed)


class Day(DateField):
    """A date; `needed` says so when it may not be left out."""

    def __init__(self, label: Any, needed: Any = None, **more: Any) -> None:
        super().__init__(label, [Needed(needed)] if needed else [], **more)
        self.may_be_left = not needed

    def process_formdata(self, valuelist: list[str]) -> None:
        typed = valuelist[0].strip() if valuelist else ""
        self.data = None
        if not typed:
            return
        try:
            self.data = date.fromisoformat(typed)
        except ValueError:
            raise ValueError(_("Write a day as year-month-day, such as 2026-05-02.")) from None
        if not FIRST_YEAR <= self.data.year <= LAST_YEAR:
            self.data = None
            raise ValueError(_("That year can't be meant."))
