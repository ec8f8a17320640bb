"""Pytest plugin: a test that did not run is a run that did not pass.

Skipped, expected-to-fail and unexpectedly passing tests end the session with a list of them, unless
CAIRN_ALLOW_SKIPS=1. A run of the whole suite also ends badly when no browser test or no PostgreSQL
test took place. A test counts as one by its marker; the marker comes by itself from the fixtures
`browser`, `page`, `open_page`, `postgres_url`, `fresh_postgres`, or from a parameter naming postgres.
"""

import os
from dataclasses import dataclass, field

import pytest

NEEDED = ("browser", "postgres")
BY_FIXTURE = {
    "browser": {"browser", "page", "open_page"},
    "postgres": {"postgres_server", "postgres_url", "fresh_postgres"},
}
OWN_TESTS = "tests/support/"  # they prove the fixtures work, not that Cairn works on them


@dataclass
class Account:
    """What the run has seen so far."""

    not_run: list[str] = field(default_factory=list)
    passed: dict[str, int] = field(default_factory=lambda: dict.fromkeys(NEEDED, 0))

    def complaints(self, whole: bool) -> list[str]:
        """Say what keeps this run from counting; empty when it counts."""
        lines = [f"did not run: {what}" for what in self.not_run]
        if whole:
            lines += [f"no {kind} test took place" for kind, seen in self.passed.items() if not seen]
        return lines


ACCOUNT = pytest.StashKey[Account]()


def _reason(report: pytest.CollectReport | pytest.TestReport) -> str:
    if hasattr(report, "wasxfail"):
        return f"marked xfail {report.wasxfail}".strip()
    return report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)


def _is_whole(config: pytest.Config) -> bool:
    """Tell whether the run is of everything: no paths, no -k, no -m, nothing left out."""
    option = config.option
    narrowed = any(
        getattr(option, name, None)
        for name in ("keyword", "markexpr", "lf", "stepwise", "deselect", "ignore", "ignore_glob", "collectonly")
    )
    return config.args_source is not pytest.Config.ArgsSource.ARGS and not narrowed


def _is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


class Watcher:
    """Follows the reports of the whole run, also those that workers send."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.account = config.stash[ACCOUNT]

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note a module that skipped itself."""
        if report.skipped:
            self.account.not_run.append(f"{report.nodeid}: {_reason(report)}")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a test that was skipped, and one of the needed kinds that passed."""
        if report.skipped or hasattr(report, "wasxfail"):
            self.account.not_run.append(f"{report.nodeid}: {_reason(report)}")
        elif report.when == "call" and report.passed and not report.nodeid.startswith(OWN_TESTS):
            for kind in NEEDED:
                self.account.passed[kind] += kind in report.keywords

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Turn a good ending into a bad one where the account does not balance."""
        if self._complaints() and session.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """List what did not run."""
        if lines := self._complaints():
            terminalreporter.section("this run does not count", red=True)
            for line in lines:
                terminalreporter.line(line)

    def _complaints(self) -> list[str]:
        if os.environ.get("CAIRN_ALLOW_SKIPS") == "1":
            return []
        return self.account.complaints(_is_whole(self.config))


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers and, in the process that reports, the watcher."""
    config.addinivalue_line("markers", "postgres: runs on a real PostgreSQL")
    if not _is_worker(config):
        config.stash[ACCOUNT] = Account()
        config.pluginmanager.register(Watcher(config), "cairn-no-skips")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of the needed kinds by what they use."""
    for item in items:
        callspec = getattr(item, "callspec", None)
        # A parameter may be called `page` and be no more than a word.
        used = set(getattr(item, "fixturenames", ())) - set(callspec.params if callspec else ())
        for kind in NEEDED:
            if used & BY_FIXTURE[kind] or (kind == "postgres" and callspec and kind in callspec.id):
                item.add_marker(kind)
