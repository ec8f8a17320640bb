"""Keep what a file said where the tables say it otherwise, or not at all, so that it can be given back.

On import we compare what the file said of a record with what our columns tell of it. The differences are
kept beside the record: `{key: {"said": …, "told": …}}`, a side missing where there was no such key. On export,
what the columns tell wins where somebody changed it since; where it is still the same, the file's words do.
"""

import json
from collections.abc import Collection
from typing import Any

Facts = dict[str, Any]


def kept(said: Facts, told: Facts, inside: Collection[str] = ()) -> Facts | None:
    """Return the differences; keys named `inside` are looked at elsewhere where both sides hold something."""
    found: Facts = {}
    for key in said.keys() | told.keys():
        if key in inside and said.get(key) is not None and key in told:
            continue
        if not _same(said, told, key):
            sides = (("said", said), ("told", told))
            found[key] = {side: facts[key] for side, facts in sides if key in facts}
    return found or None


def restored(told: Facts, differences: Facts | None) -> Facts:
    """Return what the columns tell now, in the file's own words where these still hold."""
    given = dict(told)
    for key, sides in (differences or {}).items():
        if not _same(told, {key: sides["told"]} if "told" in sides else {}, key):
            continue
        if "said" in sides:
            given[key] = sides["said"]
        else:
            given.pop(key, None)
    return given


def _same(one: Facts, other: Facts, key: str) -> bool:
    """Compare as JSON: True is not 1, and 1 is not 1.0."""
    if key not in one or key not in other:
        return key not in one and key not in other
    return json.dumps(one[key], sort_keys=True) == json.dumps(other[key], sort_keys=True)
