"""flask_babel's two functions with their types, so that mypy knows a sentence when it sees one."""

import flask_babel


def _(text: str, **values: object) -> str:
    """Say `text` in the reader's language."""
    return str(flask_babel.gettext(text, **values))


def ngettext(one: str, many: str, num: int, **values: object) -> str:
    """Say the one or the many, in the reader's language; `%(num)d` is the number."""
    return str(flask_babel.ngettext(one, many, num, **values))
