"""The archive of everything about one person: a page to read and all rows as JSON, made in memory and kept nowhere."""

import io
import json
import zipfile
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

PAGE, DATA = "my-data.html", "my-data.json"


def archive(page: str, data: Mapping[str, Any], at: datetime) -> bytes:
    """Pack both files. The names in it and of it tell nobody whose they are. `at` is local and stands on the files."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        for name, text in ((PAGE, page), (DATA, written(data))):
            entry = zipfile.ZipInfo(name, at.timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            file.writestr(entry, text)
    return packed.getvalue()


def written(data: Mapping[str, Any]) -> str:
    """Write rows as JSON; instants, days and times in ISO 8601, instants in UTC."""
    return json.dumps(data, ensure_ascii=False, indent=1, default=_plain)


def _plain(value: object) -> str:
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    raise TypeError(f"nothing is known of how to write a {type(value).__name__}")
