"""Lighthouse, as a phone, on nine screens; and the category for installed apps, which only version 11 still has."""

import json
import os
import statistics
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.quality.served import Served
from benchmarks.quality.table import RUNS, Row, at_least
from tests.support.browser import FLAGS, find_chromium

TOOLS = Path(__file__).parent / "node_modules"
CATEGORIES = {"performance": 98, "accessibility": 100, "best-practices": 100, "seo": 100}
WEIGHED = 0.9
"""An audit under this share of its best is named where its category falls short."""


def measure(served: Served) -> Iterator[Row]:
    """Look at each screen five times."""
    mary = served.person("mary")
    screens = {
        "Today": ("mary", "/today"),
        "Coping": ("mary", "/coping"),
        "Help now": ("mary", "/help-now"),
        "Progress": ("mary", "/progress"),
        "Plan": ("mary", "/plan"),
        "sign-in": (None, "/sign-in"),
        "My promises": ("edythe", "/promises"),
        "Caseload": ("ruth", "/caseload"),
        "Before the session": ("ruth", f"/clients/{mary}/before-session"),
    }
    for screen, (name, path) in screens.items():
        reports = [_report("lighthouse", served, name, path, [*CATEGORIES]) for _ in range(RUNS)]
        for category, least in CATEGORIES.items():
            scores = [report["categories"][category]["score"] * 100 for report in reports]
            row = at_least(f"Lighthouse {screen}: {category}", least, scores)
            print(f"  {screen}, {category}: {', '.join(f'{score:g}' for score in scores)}", flush=True)
            if not row.reached:
                _explain(row.what, reports, category)
            yield row
    reports = [_report("lighthouse-11", served, "mary", "/today", ["pwa"]) for _ in range(RUNS)]
    yield at_least("Lighthouse 11.7.1: PWA", 100, [report["categories"]["pwa"]["score"] * 100 for report in reports])


def _report(version: str, served: Served, name: str | None, path: str, categories: list[str]) -> dict[str, Any]:
    """Run Lighthouse once. Raises RuntimeError when it saw no page, or another one than was meant."""
    with tempfile.TemporaryDirectory() as folder:
        headers, out = Path(folder, "headers.json"), Path(folder, "report.json")
        headers.write_text(json.dumps({"Cookie": "=".join(served.cookie(name))} if name else {}))
        command = [
            *("node", str(TOOLS / version / "cli" / "index.js"), served.url + path),
            *("--quiet", "--output=json", f"--output-path={out}", f"--only-categories={','.join(categories)}"),
            *(f"--extra-headers={headers}", f"--chrome-flags=--headless=new {' '.join(_flags())}"),
        ]
        env = os.environ | {"CHROME_PATH": find_chromium() or "", "NODE_NO_WARNINGS": "1"}
        subprocess.run(command, env=env, capture_output=True, timeout=180, check=False)
        report: dict[str, Any] = json.loads(out.read_text())
    if report.get("runtimeError"):
        raise RuntimeError(report["runtimeError"]["message"])
    shown = report.get("finalDisplayedUrl") or report.get("finalUrl")
    if shown != served.url + path:
        raise RuntimeError(f"{path} showed {shown}")
    return report


def _flags() -> list[str]:
    """The tests' flags; those with blanks in them can't be handed over."""
    return [flag for flag in FLAGS if " " not in flag]


def _explain(what: str, reports: list[dict[str, Any]], category: str) -> None:
    """Print what cost the points, worst first, from the run in the middle."""
    middle = statistics.median_low(report["categories"][category]["score"] for report in reports)
    report = next(report for report in reports if report["categories"][category]["score"] == middle)
    for ref in report["categories"][category]["auditRefs"]:
        audit = report["audits"][ref["id"]]
        if ref["weight"] and audit["score"] is not None and audit["score"] < WEIGHED:
            print(f"  {what}: {audit['title']} {audit.get('displayValue', '')} ({audit['score']:g})")
