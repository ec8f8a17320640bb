"""The rules of the house that no other tool keeps: each guard reads the source, and each can fail."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

LAYERS = {"app", "cli", "views", "services", "queries", "notify", "interop", "models", "domain"}
BESIDE = {"clock", "config", "db", "disk", "guard", "keyring", "migrations"}  # edges that several layers share
OF_THE_COMMAND = {"audit", "backups", "checks", "processes", "setup"}  # what `cairn` does, in files of their own

CLOCKS = {
    *(f"datetime.datetime.{name}" for name in ("now", "today", "utcnow")),
    "datetime.date.today",
    *(f"time.{name}" for name in ("time", "time_ns", "localtime", "gmtime", "ctime")),
    *(f"sqlalchemy.func.{name}" for name in ("now", "current_timestamp", "current_date", "localtimestamp")),
}
CHANCE = ("random", "secrets", "uuid.uuid1", "uuid.uuid4", "os.urandom")


def python_files(*folders: str) -> list[Path]:
    """Return the modules in the folders; an empty folder would make a guard that guards nothing."""
    files = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    assert files, f"no modules in {folders}"
    return files


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def imports(tree: ast.Module) -> Iterator[tuple[str, str, int]]:
    """Give each imported thing as (name used here, full dotted name, line)."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                full = alias.name if alias.asname else alias.name.split(".")[0]
                yield alias.asname or full, full, node.lineno
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield alias.asname or alias.name, f"{'.' * node.level}{node.module or ''}.{alias.name}", node.lineno


def dotted(node: ast.AST) -> str | None:
    """Spell a.b.c as it stands in the source; None for anything but names and attributes."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (base := dotted(node.value)):
        return f"{base}.{node.attr}"
    return None


def uses(tree: ast.Module, wanted: Iterable[str]) -> list[str]:
    """List where a thing of these full names is named, called or not, under whatever alias."""
    known = {name: full for name, full, _ in imports(tree)}
    wanted = tuple(wanted)
    found = {}
    for node in ast.walk(tree):
        if (spelled := dotted(node)) and isinstance(node, ast.Name | ast.Attribute):
            first, _, rest = spelled.partition(".")
            full = ".".join(filter(None, (known.get(first), rest)))
            if first in known and any(full == name or full.startswith(f"{name}.") for name in wanted):
                found[node.lineno] = full
    return [f"{line}: {name}" for line, name in sorted(found.items())]


def complaints(paths: Iterable[Path], wanted: Iterable[str]) -> list[str]:
    wanted = tuple(wanted)
    return [f"{named(path)}:{use}" for path in paths for use in uses(tree_of(path), wanted)]


# The grid


def test_every_module_has_its_place_in_the_grid() -> None:
    found = {path.stem for path in (ROOT / "webapp").iterdir() if path.suffix == ".py"} - {"__init__"}
    found |= {path.parent.name for path in (ROOT / "webapp").glob("*/__init__.py")}
    assert found >= LAYERS | BESIDE
    assert found <= LAYERS | BESIDE | OF_THE_COMMAND, "a new neighbour: say in pyproject.toml whom it may know"


def test_the_domain_imports_the_standard_library_and_itself_only() -> None:
    allowed = {*sys.stdlib_module_names, "webapp.domain"}
    foreign = [
        f"{named(path)}:{line} {full}"
        for path in python_files("webapp/domain")
        for _, full, line in imports(tree_of(path))
        if not any(full == name or full.startswith(f"{name}.") for name in allowed)
    ]
    assert foreign == []


def test_only_the_clock_reads_the_time() -> None:
    paths = [path for path in python_files("webapp", "jobs") if named(path) != "webapp/clock.py"]
    assert complaints(paths, CLOCKS) == []


def test_chance_has_no_part_in_rules_and_no_cheap_source_anywhere() -> None:
    assert complaints(python_files("webapp", "jobs"), ["random"]) == []
    assert complaints(python_files("webapp/domain"), CHANCE) == []


@pytest.mark.parametrize(
    ("source", "seen"),
    [
        ("from datetime import datetime\ndatetime.now()", True),
        ("from datetime import datetime as DT\nDT.utcnow", True),
        ("import datetime as dt\nx = dt.date.today()", True),
        ("import time\ntime.time()", True),
        ("from time import time\ntime()", True),
        ("from sqlalchemy import func\nfunc.now()", True),
        ("import sqlalchemy as sa\nsa.func.now()", True),
        ("from webapp import clock\nclock.now()", False),
        ("import time\ntime.monotonic()", False),
        ("from datetime import date\ndate(2026, 1, 1)", False),
    ],
)
def test_a_clock_is_noticed_under_any_name(source: str, seen: bool) -> None:
    assert bool(uses(ast.parse(source), CLOCKS)) is seen


def test_services_flush_and_leave_the_commit_to_the_edge() -> None:
    commits = [
        f"{named(path)}:{node.lineno}"
        for path in python_files("webapp/services", "webapp/queries")
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Attribute) and node.attr in {"commit", "rollback"}
    ]
    assert commits == []


def test_queries_only_read() -> None:
    writing = [f"sqlalchemy.{verb}" for verb in ("insert", "update", "delete")]
    assert complaints(python_files("webapp/queries"), [*writing, "sqlalchemy.orm.Session"]) == []


def test_what_a_promise_opens_is_decided_in_one_place() -> None:
    states = "webapp.domain.commitments.IN_FORCE"
    asking = [named(path) for path in python_files("webapp/queries") if uses(tree_of(path), [states])]
    assert asking == ["webapp/queries/access.py"]


def _hides_an_error(node: ast.AST) -> bool:
    """Tell whether an `except` takes everything and says nothing."""
    if not isinstance(node, ast.ExceptHandler):
        return False
    broad = node.type is None or dotted(node.type) in {"Exception", "BaseException"}
    return broad and all(isinstance(step, ast.Pass) for step in node.body)


def test_no_error_is_swallowed_whole() -> None:
    assert _hides_an_error(ast.parse("try: x\nexcept Exception: pass").body[0].handlers[0])  # type: ignore[attr-defined]
    hidden = [
        f"{named(path)}:{node.lineno}"
        for path in python_files("webapp", "jobs")
        for node in ast.walk(tree_of(path))
        if _hides_an_error(node)
    ]
    assert hidden == []


# Pages


def pages() -> list[Path]:
    found = sorted([*(ROOT / "templates").rglob("*.*"), *(ROOT / "static").rglob("*.*")])
    vendored = ROOT / "static" / "vendor"
    found = [path for path in found if path.suffix in {".html", ".svg", ".js", ".css", ".webmanifest", ".txt"}]
    assert any(path.suffix == ".html" for path in found)
    return [path for path in found if vendored not in path.parents]


INLINE = {
    "script without src": re.compile(r"<script\b(?![^>]*\bsrc\s*=)", re.I),
    "script with content": re.compile(r"<script\b[^>]*>(?!\s*</script>)", re.I),
    "style element": re.compile(r"<style\b", re.I),
    "style attribute": re.compile(r"<[^>]*\sstyle\s*=", re.I),
    "event attribute": re.compile(r"<[^>]*\s(?:on[a-z]+|hx-on[:\w.-]*)\s*=\s*[\"']", re.I),
    "script address": re.compile(r"javascript:", re.I),
    "evaluated expression": re.compile(r"hx-(?:vals|headers)\s*=\s*[\"']js:", re.I),
}
NAMESPACE = re.compile(r"""\bxmlns(?::\w+)?\s*=\s*["'][^"']*["']|createElementNS\(\s*["'][^"']*["']""")
FOREIGN = re.compile(r"""(?:\b(?:https?|wss?):)?//[\w-]+(?:\.[\w-]+)+""")
# A comment in CSS or JS may begin with two slashes and a word with a dot in it.
LINE_COMMENT = re.compile(r"(?m)(?:^|\s)//\s.*$")


def without_comments(text: str) -> str:
    """Take Jinja comments away, keeping the number of lines."""
    return re.sub(r"\{#.*?#\}", lambda comment: "\n" * comment.group().count("\n"), text, flags=re.S)


def inline_code(text: str) -> list[str]:
    """List the kinds of inline code in a template, each with its line."""
    text = without_comments(text)
    return [
        f"{text.count(chr(10), 0, hit.start()) + 1}: {kind}"
        for kind, pattern in INLINE.items()
        for hit in pattern.finditer(text)
    ]


def foreign_origins(text: str) -> list[str]:
    """List the other origins that a template or an asset names; XML namespaces are names, not addresses."""
    return FOREIGN.findall(LINE_COMMENT.sub("", NAMESPACE.sub("", without_comments(text))))


def test_no_template_holds_inline_script_or_style() -> None:
    found = [
        f"{named(path)}:{what}"
        for path in pages()
        if path.suffix in {".html", ".svg"}
        for what in inline_code(path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_no_template_or_asset_names_another_origin() -> None:
    found = [
        f"{named(path)}: {origin}" for path in pages() for origin in foreign_origins(path.read_text(encoding="utf-8"))
    ]
    assert found == []


@pytest.mark.parametrize(
    "markup",
    [
        "<script>go()</script>",
        "<script src='a.js'>go()</script>",
        "<style>p {}</style>",
        "<p class='x'\n   style='color: red'>",
        "<button onclick='go()'>",
        "<form hx-on:submit='go()'>",
        "<form hx-on::after-request='go()'>",
        "<a href='javascript:go()'>",
        "<a hx-vals='js:{a: go()}'>",
    ],
)
def test_inline_code_is_noticed(markup: str) -> None:
    assert inline_code(markup)


@pytest.mark.parametrize(
    "markup",
    [
        "<script src='{{ asset('a.js') }}' defer></script>",
        "{# style='x' <script> #}<p class='on'>",
        "<link rel='stylesheet' href='a.css'><p data-style='calm' class='x'>once = 'twice'</p>",
    ],
)
def test_clean_markup_is_left_alone(markup: str) -> None:
    assert inline_code(markup) == []


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("<img src='https://example.org/a.png'>", 1),
        ("<script src='//example.org/a.js'>", 1),
        ("a { background: url(http://example.org/a.png) }", 1),
        ("<svg xmlns='http://www.w3.org/2000/svg'>", 0),
        ("// see the notes.\nlet a = 1", 0),
        ("<a href='/plan'>", 0),
    ],
)
def test_another_origin_is_noticed(text: str, count: int) -> None:
    assert len(foreign_origins(text)) == count


# The whole repository


def project_files() -> list[Path]:
    """Return every text file of the project: what git knows or would add."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.decode()
    paths = [ROOT / name for name in listed.split("\0") if name]
    return [path for path in paths if path.is_file() and b"\0" not in path.read_bytes()[:8192]]


def holding(pattern: str, paths: Iterable[Path]) -> list[str]:
    wanted = re.compile(pattern)
    return [
        f"{named(path)}:{number}"
        for path in paths
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1)
        if wanted.search(line)
    ]


# Each in pieces, so that this file does not hold what it looks for.
HOSTS = [
    ("py", "pi.org"),
    ("python", "hosted.org"),
    ("registry.", "npmjs"),
    ("registry.", "yarnpkg"),
    ("un", "pkg.com"),
    ("js", "delivr"),
    ("cdn", "js."),
    ("deb.", "debian.org"),
    ("security.", "debian.org"),
    ("crates", ".io"),
    ("proxy.", "golang.org"),
    ("google", "apis.com"),
    ("ghcr", ".io"),
    ("docker", ".io"),
    ("ana", "conda.org"),
]
# Among one company's fonts, scripts and stores, two names are where browsers take push messages; we fetch none.
SPARED = {("google", "apis.com"): ("fcm.", "android.")}
PLACES = [("/work", "/main"), ("/work", "/shared"), ("/work", "/.library"), ("/ro", "ot/"), ("/opt", "/wheels")]


def naming(pieces: tuple[str, str]) -> str:
    """Return a pattern for what the pieces spell, unless a name that is spared stands whole before it."""
    spared = (rf"(?<!(?<![\w.-]){re.escape(name)})" for name in SPARED.get(pieces, ()))
    return "".join(spared) + re.escape("".join(pieces))


@pytest.mark.parametrize("pieces", [*HOSTS, *PLACES], ids="".join)
def test_no_file_names_a_registry_or_a_place_on_one_machine(pieces: tuple[str, str]) -> None:
    assert holding(naming(pieces), project_files()) == []


@pytest.mark.parametrize(
    ("before", "noticed"),
    [
        ("https://fonts.", True),
        ("https://ajax.", True),
        ("https://storage.", True),
        ("https://", True),
        ("https://fonts.fcm.", True),
        ("https://not-fcm.", True),
        ("https://fcm.fonts.", True),
        ("https://fcm.", False),
        ('"android.', False),
    ],
)
def test_of_what_one_company_serves_only_its_push_services_may_be_named(before: str, noticed: bool) -> None:
    (pieces,) = SPARED
    assert pieces in HOSTS
    assert bool(re.search(naming(pieces), before + "".join(pieces))) is noticed


@pytest.mark.parametrize(
    "pieces",
    [("TO", "DO"), ("FIX", "ME"), ("pragma: ", "no cover"), ("mark.", "skip"), ("mark.", "xfail"), ("pytest.", "skip")],
    ids=" ".join,
)
def test_nothing_is_left_for_later_or_left_out(pieces: tuple[str, str]) -> None:
    own = {"tests/support/test_no_skips.py"}  # shows what happens to tests that are left out
    paths = [path for path in project_files() if path.suffix in {".py", ".html", ".css", ".js", ".toml", ""}]
    paths = [path for path in paths if named(path) not in own and "vendor" not in path.parts]
    assert holding(rf"\b{re.escape(''.join(pieces))}\b", paths) == []


HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")


def requirements(text: str) -> dict[str, tuple[str, int]]:
    """Read a lock: name (with its marker) → version and number of hashes. ValueError for a loose line."""
    joined = text.replace("\\\n", " ")
    found = {}
    for line in filter(None, (line.strip() for line in joined.splitlines())):
        if line.startswith("#"):
            continue
        pinned = re.fullmatch(r"([A-Za-z0-9._\[\]-]+)==([^\s;]+)\s*(;[^-]*(?:-(?!-)[^-]*)*)?((?:\s*--hash=\S+)*)", line)
        if pinned is None:
            raise ValueError(f"not pinned: {line[:60]}")
        name, version, marker, hashes = pinned.groups()
        found[f"{name}{(marker or '').strip()}"] = (version, len(HASH.findall(hashes)))
    return found


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_every_locked_requirement_carries_a_hash(name: str) -> None:
    locked = requirements((ROOT / name).read_text())
    assert len(locked) > 20
    assert [entry for entry, (_, hashes) in locked.items() if not hashes] == []


def test_the_test_lock_holds_everything_the_run_lock_holds() -> None:
    run = requirements((ROOT / "requirements.lock").read_text())
    test = requirements((ROOT / "requirements-dev.lock").read_text())
    pinned = {(entry.split(";")[0], version) for entry, (version, _) in test.items()}
    assert {(entry.split(";")[0], version) for entry, (version, _) in run.items()} <= pinned


def test_a_loose_or_unhashed_requirement_is_noticed() -> None:
    assert requirements("flask==3.1.3") == {"flask": ("3.1.3", 0)}
    with pytest.raises(ValueError, match="not pinned"):
        requirements("flask>=3")
