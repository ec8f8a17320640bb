"""Read a file of crisis lines; the one that comes with Cairn stands beside this module."""

import json
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from webapp.domain.crisis_lines import Channel, CrisisLine

BUNDLED = Path(__file__).parent / "crisis_lines.json"
EMERGENCY = "danger to life"
"""How a line for emergencies begins to say what it is for, in files that do not mark it `emergency`."""
KINDS = ("tel", "sms", "chat", "tty")


class BrokenLines(ValueError):
    """A file of crisis lines that cannot be used; says where and why."""


def load(path: Path = BUNDLED, language: str = "en") -> tuple[CrisisLine, ...]:
    """Read a file of lines, remembered until it changes. Raises BrokenLines, OSError when it is not there."""
    return _load(path, path.stat().st_mtime_ns, language)


@lru_cache(maxsize=8)
def _load(path: Path, _changed: int, language: str) -> tuple[CrisisLine, ...]:
    try:
        return read(json.loads(path.read_text("utf-8")), language)
    except ValueError as error:
        raise BrokenLines(f"{path.name}: {error}") from error


def read(data: Any, language: str = "en") -> tuple[CrisisLine, ...]:
    """Turn the parsed file into lines. Raises BrokenLines for what is missing or of another kind.

    `words` in the file says for a language what names, labels, hours and descriptions mean; others stay as they are.
    """
    lines = data.get("lines") if isinstance(data, dict) else None
    if not isinstance(lines, list):
        raise BrokenLines('there should be a list named "lines"')
    said = _get(data["words"], language, dict, "words") if language in data.get("words", ()) else {}
    found = tuple(_in_words(_line(line, f"lines[{number}]"), said) for number, line in enumerate(lines))
    if len({line.id for line in found}) < len(found):
        raise BrokenLines("two lines have the same id")
    return found


def _line(data: Any, place: str) -> CrisisLine:
    channels = _get(data, "channels", list, place)
    what = _get(data, "what", str, place)
    confirmed = bool(data.get("confirmed_on"))
    return CrisisLine(
        id=_get(data, "id", str, place),
        country=_get(data, "country", str, place),
        name=_get(data, "name", str, place),
        what=what,
        channels=tuple(_channel(c, confirmed, f"{place}.channels[{n}]") for n, c in enumerate(channels)),
        languages=tuple(data.get("languages") or ()),
        sources=tuple(data.get("source_urls") or ()),
        seen=data.get("checked") or "",
        note=data.get("note"),
        confirmed=confirmed,
        emergency=data.get("emergency") is True or what.lower().startswith(EMERGENCY),
    )


def _channel(data: Any, confirmed: bool, place: str) -> Channel:
    how = _get(data, "how", str, place)
    if how not in KINDS:
        raise BrokenLines(f'{place}.how: "{how}" is not one of {", ".join(KINDS)}')
    return Channel(
        how=how,
        value=_get(data, "value", str, place),
        label=_get(data, "label", str, place),
        hours=data.get("hours"),
        keys=data.get("dtmf"),
        body=data.get("body"),
        confirmed=confirmed and not data.get("checked"),
    )


def _in_words(line: CrisisLine, said: dict[str, str]) -> CrisisLine:
    channels = tuple(
        replace(one, label=said.get(one.label, one.label), hours=said.get(one.hours or "", one.hours))
        for one in line.channels
    )
    return replace(line, name=said.get(line.name, line.name), what=said.get(line.what, line.what), channels=channels)


def _get(data: Any, name: str, kind: type, place: str) -> Any:
    value = data.get(name) if isinstance(data, dict) else None
    if not isinstance(value, kind) or not value:
        raise BrokenLines(f"{place}.{name} is missing or of another kind")
    return value
