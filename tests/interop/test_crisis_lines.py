"""The lines that come with Cairn can all be read, and a broken file says where it is broken."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from webapp.interop.crisis_lines import BUNDLED, BrokenLines, load, read

LINE: dict[str, Any] = {
    "id": "x",
    "country": "US",
    "name": "A line",
    "what": "any crisis",
    "channels": [{"how": "tel", "value": "1", "label": "Call 1", "dtmf": "2"}],
    "checked": "seen in a stored public page",
}


def test_every_bundled_line_is_read_and_every_channel_can_be_opened() -> None:
    lines = load()
    assert len(lines) == len(json.loads(BUNDLED.read_text())["lines"]) > 20
    assert all(channel.href for line in lines for channel in line.channels)
    assert {line.country for line in lines if line.emergency} >= {"US", "GB", "CA", "IE", "AU", "NZ", "EU"}


def test_a_line_that_nobody_confirmed_says_so() -> None:
    assert not any(line.confirmed or channel.confirmed for line in load() for channel in line.channels)
    (confirmed,) = read({"lines": [LINE | {"confirmed_on": "2026-11-01"}]})
    assert confirmed.confirmed
    assert confirmed.channels[0].confirmed


def test_a_channel_that_was_not_seen_stays_unconfirmed_in_a_confirmed_line() -> None:
    channel = LINE["channels"][0] | {"checked": "not seen"}
    (line,) = read({"lines": [LINE | {"confirmed_on": "2026-11-01", "channels": [channel]}]})
    assert line.confirmed
    assert not line.channels[0].confirmed


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "lines.json"
    path.write_text(json.dumps({"lines": [LINE]}))
    assert [line.name for line in load(path)] == ["A line"]
    path.write_text(json.dumps({"lines": [LINE | {"name": "Another"}]}))
    os.utime(path, ns=(1, 1))
    assert [line.name for line in load(path)] == ["Another"]


@pytest.mark.parametrize(
    ("data", "place"),
    [
        ([], "lines"),
        ({"lines": {}}, "lines"),
        ({"lines": ["x"]}, r"lines\[0\]"),
        ({"lines": [LINE | {"name": ""}]}, r"lines\[0\].name"),
        ({"lines": [LINE | {"channels": []}]}, r"lines\[0\].channels"),
        ({"lines": [LINE | {"channels": [{"how": "fax", "value": "1", "label": "x"}]}]}, r"channels\[0\].how"),
        ({"lines": [LINE, LINE]}, "same id"),
    ],
)
def test_a_broken_file_is_refused_with_the_place(data: Any, place: str) -> None:
    with pytest.raises(BrokenLines, match=place):
        read(data)


def test_a_file_that_is_no_json_is_refused_with_its_name(tmp_path: Path) -> None:
    path = tmp_path / "lines.json"
    path.write_text("{")
    with pytest.raises(BrokenLines, match="lines.json"):
        load(path)
