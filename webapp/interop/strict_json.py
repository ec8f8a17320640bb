"""JSON from strangers: read it whole or say where it can't be read."""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

LARGEST = 1024 * 1024
DEEPEST = 16
MOST_ITEMS = 50_000
LONGEST_TEXT = 20_000
LARGEST_NUMBER = 10**15
"""Both databases give numbers up to here back unchanged."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong in a file: the place ("goals[0].steps[2].text") and the reason in plain words."""

    place: str
    reason: str


class BrokenFile(Exception):
    """The file is refused whole; `problems` says where and why."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(f"{p.place or 'the file'}: {p.reason}" for p in problems))
        self.problems = problems


class _Repeated(dict[str, Any]):
    """An object in which a key was given twice."""

    key = ""


def read(content: bytes | str) -> Any:
    """Parse JSON; raises BrokenFile for anything that could not be kept and given back unchanged."""
    tree = _parse(_text(content))
    problems = tuple(_problems(tree))
    if problems:
        raise BrokenFile(*problems)
    return tree


def at(place: str, key: str | int) -> str:
    """Name a place inside a place: "goals" and 0 and "text" give "goals[0].text"."""
    if isinstance(key, int):
        return f"{place}[{key}]"
    return f"{place}.{key}" if place else key


def _text(content: bytes | str) -> str:
    if len(content) > LARGEST:
        raise BrokenFile(Problem("", "it is larger than 1 MB"))
    try:
        return content if isinstance(content, str) else content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BrokenFile(Problem("", f"it is not UTF-8 text (byte {error.start})")) from error


def _parse(text: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_object)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise BrokenFile(Problem(place, f"it is not JSON ({error.msg})")) from error
    except RecursionError as error:
        raise BrokenFile(Problem("", "it is nested too deeply")) from error
    except ValueError as error:  # a whole number with thousands of digits
        raise BrokenFile(Problem("", "it holds a number that is too large")) from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            found = _Repeated(found)
            found.key = key
        found[key] = value
    return found


def _problems(tree: Any) -> Iterator[Problem]:
    """Walk the tree without recursion: what is nested too deeply must not bring us down."""
    waiting: list[tuple[str, Any, int]] = [("", tree, 1)]
    seen = 0
    while waiting:
        place, value, depth = waiting.pop()
        seen += 1
        if seen > MOST_ITEMS:
            yield Problem("", "it holds too many items")
            return
        if depth > DEEPEST:
            yield Problem(place, "it is nested too deeply")
        elif isinstance(value, dict):
            if isinstance(value, _Repeated):
                yield Problem(at(place, value.key), "this key stands there twice")
            for key, inner in value.items():
                if (reason := _text_problem(key)) is not None:
                    yield Problem(place, f"a key: {reason}")
                waiting.append((at(place, key), inner, depth + 1))
        elif isinstance(value, list):
            waiting.extend((at(place, index), inner, depth + 1) for index, inner in enumerate(value))
        elif (reason := _leaf_problem(value)) is not None:
            yield Problem(place, reason)


def _leaf_problem(value: Any) -> str | None:
    if isinstance(value, str):
        return _text_problem(value)
    return _number_problem(value) if isinstance(value, int | float) else None


def _text_problem(text: str) -> str | None:
    if len(text) > LONGEST_TEXT:
        return "this text is too long (20,000 characters at most)"
    if "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        return "it holds a character that can't be kept"
    return None


def _number_problem(number: int | float) -> str | None:
    if not math.isfinite(number):
        return "this is not a number"
    return "this number is too large" if abs(number) > LARGEST_NUMBER else None
