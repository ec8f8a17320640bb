"""A run with something left out does not count: shown on small runs of pytest in a folder of their own."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
COMPLETE = """
    import pytest
    @pytest.fixture
    def page(): return None
    def test_in_a_browser(page): pass
    @pytest.mark.parametrize("database", ["sqlite", "postgresql"])
    def test_on_both(database): pass
"""
HEAD = "import pytest\n"


def run(folder: Path, *arguments: str, allow: bool = False, **files: str) -> subprocess.CompletedProcess[str]:
    (folder / "pytest.ini").write_text(f"[pytest]\npythonpath = {ROOT}\ntestpaths = cases\n")
    (folder / "conftest.py").write_text('pytest_plugins = ["tests.support.no_skips"]\n')
    cases = folder / "cases"
    cases.mkdir()
    for name, text in files.items():
        lines = text.strip("\n").splitlines()
        indent = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
        (cases / f"test_{name}.py").write_text("\n".join(line[indent:] for line in lines) + "\n")
    hidden = ("PYTEST_", "COV_", "COVERAGE_", "CAIRN_ALLOW_SKIPS")
    env = {name: value for name, value in os.environ.items() if not name.startswith(hidden)}
    if allow:
        env["CAIRN_ALLOW_SKIPS"] = "1"
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments]
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True)


def test_a_complete_run_counts(tmp_path: Path) -> None:
    done = run(tmp_path, complete=COMPLETE)
    assert done.returncode == 0, done.stdout


LEFT_OUT = {
    "mark": ("@pytest.mark.skip(reason='too hard')\ndef test_a(): pass", "test_a: Skipped: too hard"),
    "call": ("def test_a(): pytest.skip('no network')", "test_a: Skipped: no network"),
    "module": ("pytest.skip('no module', allow_module_level=True)", ": Skipped: no module"),
    "importing": ("pytest.importorskip('not_there_at_all')", ": Skipped: could not import"),
    "xfail": ("@pytest.mark.xfail(reason='known')\ndef test_a(): assert False", "test_a: marked xfail known"),
    "xpass": ("@pytest.mark.xfail\ndef test_a(): pass", "test_a: marked xfail"),
}


@pytest.mark.parametrize("workers", [(), ("-n", "1")], ids=["alone", "with a worker"])
def test_whatever_did_not_run_is_listed_and_ends_the_run_badly(tmp_path: Path, workers: tuple[str, ...]) -> None:
    done = run(tmp_path, *workers, complete=COMPLETE, **{name: HEAD + body for name, (body, _) in LEFT_OUT.items()})
    assert done.returncode == 1, done.stdout
    listed = done.stdout.partition("this run does not count")[2]
    for name, (_, line) in LEFT_OUT.items():
        assert re.search(rf"test_{name}\.py(::)?{re.escape(line)}", listed), (name, done.stdout)
    assert listed.count("did not run: ") == len(LEFT_OUT)


def test_skips_can_be_allowed_for_once(tmp_path: Path) -> None:
    body = HEAD + "@pytest.mark.skip\ndef test_a(): pass"
    assert run(tmp_path, allow=True, complete=COMPLETE, other=body).returncode == 0


def test_a_whole_run_without_browser_and_postgresql_does_not_count(tmp_path: Path) -> None:
    done = run(tmp_path, small=HEAD + "@pytest.mark.parametrize('page', [1])\ndef test_a(page): pass")
    assert done.returncode == 1
    assert "no browser test took place" in done.stdout
    assert "no postgres test took place" in done.stdout


@pytest.mark.parametrize("arguments", [("cases/test_small.py",), ("-k", "test_a")], ids=["a path", "a name"])
def test_a_run_of_a_part_needs_neither(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    assert run(tmp_path, *arguments, small="def test_a(): pass").returncode == 0
