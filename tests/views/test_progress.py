"""The calendar of kept weeks, the week behind each of its marks, and the days of a step."""

import re
from collections import Counter
from datetime import date, timedelta
from html import unescape
from uuid import uuid4

import pytest
from sqlalchemy import select

from tests.conftest import As
from tests.support.cast import MONDAY, NOW, START, TODAY, Cast
from tests.support.clara import SPONSOR, WALKED, live_two_weeks, says
from tests.support.counting import counting
from webapp.db import Database
from webapp.domain.kept_weeks import Shown
from webapp.models import ActionStep, BadDay, CadenceVersion, CheckIn, Pause, TeamMember
from webapp.queries import progress as queries

DAY = timedelta(days=1)
A_YEAR = 53 * 7


@pytest.fixture
def lived(database: Database, cast: Cast) -> Cast:
    with database.writing() as session:
        live_two_weeks(session, cast)
        session.add(
            Pause(client_id=cast.clara, starts_on=date(2026, 10, 26), ends_on=date(2026, 11, 2), created_at=NOW)
        )
        session.add(BadDay(client_id=cast.clara, day=date(2026, 11, 11), created_at=NOW))
        session.add(BadDay(client_id=cast.clara, day=date(2026, 11, 12), created_at=NOW, ended_at=NOW))
    return cast


def years(database: Database, cast: Cast, number: int = 1) -> None:
    """Let Clara's steps have been there for so many years, with a record on most days."""
    first = TODAY - timedelta(days=number * A_YEAR)
    with database.writing() as session:
        session.query(CadenceVersion).filter_by(client_id=cast.clara).update({"valid_from": first, "anchor": first})
        session.add_all(
            CheckIn(
                client_id=cast.clara,
                step_id=step,
                by_id=cast.clara,
                op_id=str(uuid4()),
                day=first + n * DAY,
                outcome=("done", "some", "not_today")[n % 3 if n % 5 else 0],
                at=NOW,
            )
            for n in range(number * A_YEAR)
            for step in (cast.walk, cast.pills)
            if (n + step) % 4
        )


def rows_of(page: str, table: str) -> list[list[str]]:
    """The cells of a table's rows as text."""
    (body,) = re.findall(rf'id="{table}">.*?<tbody>(.*?)</tbody>', page, re.S)
    rows = re.findall(r"<tr>(.*?)</tr>", body, re.S)
    return [
        [unescape(re.sub("<[^>]+>", "", cell)).strip() for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.S)]
        for row in rows
    ]


def heads_of(page: str, table: str) -> list[str]:
    (head,) = re.findall(rf'id="{table}">.*?<thead>(.*?)</thead>', page, re.S)
    return re.findall(r"<th[^>]*>(.*?)</th>", head)


def dots(picture: str, layer: str) -> int:
    """How many marks one layer of a picture holds: bars are two strokes of one path."""
    return sum(d.count("M") for d in re.findall(rf'<path class="{layer}" d="([^"]*)"', picture))


def links(page: str) -> list[tuple[str, str, str]]:
    """The weeks of the calendar as (day, words, picture)."""
    return re.findall(r'<a href="/progress/([0-9-]+)" aria-label="([^"]+)"[^>]*>(.*?)</a>', page, re.S)


def numbers_in(words: str) -> Counter[str]:
    return Counter({what: int(number) for number, what in re.findall(r"(\d+) (in full|in part|small day)", words)})


@pytest.mark.parametrize("number", [0, 1])
def test_picture_words_table_and_the_record_say_the_same_numbers(
    number: int, lived: Cast, database: Database, browse: As
) -> None:
    if number:
        years(database, lived, number)
    page = browse(lived.clara).get("/progress").text
    with database.reading() as connection:
        found = queries.page(connection, lived.clara, TODAY, 0)
    weeks, rows, heads = links(page), rows_of(page, "weeks-table"), heads_of(page, "weeks-table")
    assert len(weeks) == len(rows) == len(found.calendar) == (53 if number else 7)
    pictured = {day: (words, picture) for day, words, picture in weeks}
    for week, row in zip(reversed(found.calendar), rows, strict=True):
        words, picture = pictured[week.days.start.isoformat()]
        table = dict(zip(heads, row, strict=True))
        said = numbers_in(words)
        kept, part, rest = (week.count(one) for one in (Shown.KEPT, Shown.PART, Shown.REST))
        assert dots(picture, "full") == said["in full"] == int(table["in full"]) == kept
        assert dots(picture, "half") == said["in part"] == int(table["in part"]) == part
        assert int(table["small days"]) == said["small day"] == week.small_days
        faint = sum(week.count(one) for one in (Shown.BLANK, Shown.OPEN, Shown.BEGUN)) + rest + week.small_days
        assert dots(picture, "faint") == faint
    assert sum(week.count(Shown.KEPT) for week in found.calendar) == sum(one.record.weeks_kept for one in found.steps)


def test_each_step_has_as_many_marks_as_its_table_has_rows(lived: Cast, browse: As) -> None:
    page = browse(lived.clara).get("/progress").text
    for card in re.findall(r'<section class="card">(.*?)</section>', page, re.S):
        (label,) = re.findall(r'role="img" aria-label="([^"]+)"', card)
        body = card.partition("<tbody>")[2]
        for what, number in numbers_in(label).items():
            assert body.count(f"<td>{what}</td>") == number
        assert dots(card, "full") == body.count("<td>in full</td>")
        assert dots(card, "half") == body.count("<td>in part</td>")


def test_rest_is_no_blank_and_a_small_day_that_was_taken_back_is_none(lived: Cast, browse: As) -> None:
    weeks = {day: words for day, words, _picture in links(browse(lived.clara).get("/progress").text)}
    assert weeks["2026-10-26"] == "Week from Oct 26: 4 at rest"
    assert weeks["2026-11-09"].endswith("1 small day")
    assert weeks["2026-11-16"].startswith("This week, from Nov 16: ")


def test_what_was_kept_before_a_step_was_let_go_of_stays_in_the_calendar(
    cast: Cast, database: Database, browse: As
) -> None:
    with database.writing() as session:
        for day in (0, 1):
            says(session, cast, cast.walk, START + day * DAY)
        session.get_one(ActionStep, cast.walk).status = "retired"
        session.query(CadenceVersion).filter_by(step_id=cast.walk).update({"valid_to": MONDAY})
    page = browse(cast.clara).get("/progress").text
    assert f'href="/steps/{cast.walk}"' not in page
    assert "Week from Oct 5: 1 in full" in page


def test_nothing_red_and_no_word_of_guilt(lived: Cast, browse: As) -> None:
    for path in ("/progress", "/progress/2026-11-09", f"/steps/{lived.walk}"):
        page = browse(lived.clara).get(path).text.lower()
        for word in ("missed", "failed", "streak", " style=", "overdue"):
            assert word not in page, f"{word} in {path}"


def test_an_empty_plan_is_told_what_this_place_is_for(cast: Cast, database: Database, browse: As) -> None:
    with database.writing() as session:
        session.query(ActionStep).filter_by(client_id=cast.clara).update({"status": "suggested"})
    page = browse(cast.clara).get("/progress").text
    assert "Here you will see how your weeks went" in page
    assert "data-print" not in page
    assert "no record" in browse(cast.clara).get(f"/progress/{TODAY}").text


# A week


def test_a_week_tells_what_was_recorded_on_each_of_its_days(lived: Cast, browse: As) -> None:
    page = browse(lived.clara).get("/progress/2026-11-12").text
    assert "Week from Nov 9 to Nov 15" in page
    for told in (
        WALKED,
        SPONSOR,
        "not well",
        "Slow breathing",
        "distress from 8 to 7",
        ': done <span class="soft small">Sam',
    ):
        assert told in page
    assert page.count("You asked for a small day.") == 1
    tuesday = page.partition("Tuesday, November 10")[2].partition("<h2>")[0]
    assert WALKED in tuesday
    assert SPONSOR not in tuesday
    assert f"/steps/{lived.walk}?day=2026-11-10" in tuesday
    assert "no record" in page.partition("Saturday, November 14")[2]


def test_who_said_something_is_named_though_the_step_has_passed_to_another(
    lived: Cast, database: Database, browse: As
) -> None:
    with database.writing() as session:
        session.scalars(select(TeamMember).where(TeamMember.person_id == lived.sam)).one().person_id = lived.nora
    page = browse(lived.clara).get("/progress/2026-11-12").text
    assert ': done <span class="soft small">Sam' in page


def test_a_week_says_what_its_marks_in_the_calendar_said(lived: Cast, browse: As) -> None:
    client = browse(lived.clara)
    for day, words, _picture in links(client.get("/progress").text):
        steps = client.get(f"/progress/{day}").text.partition("<h2>")[0]
        said = numbers_in(words)
        assert dots(steps.partition("legend")[0], "full") == said["in full"], day
        assert dots(steps.partition("legend")[0], "half") == said["in part"], day


def test_the_week_at_rest_and_the_week_under_way(lived: Cast, browse: As) -> None:
    client = browse(lived.clara)
    assert client.get("/progress/2026-10-26").text.count("You were resting.") == 7
    now = client.get(f"/progress/{TODAY}").text
    assert "Friday, November 20" not in now, "days to come are nobody's business yet"
    assert "1 of 2 so far" in now
    assert "Week after" not in now
    assert 'href="/progress/2026-11-15"' in now


@pytest.mark.parametrize("day", ["2026-11-20", "1999-12-31", "20261119", "2026-W47-4", "soon", "9999-12-31"])
def test_a_day_that_is_none_or_to_come_is_not_here(day: str, cast: Cast, browse: As) -> None:
    assert browse(cast.clara).get(f"/progress/{day}").status_code == 404


def test_nobody_sees_the_week_of_another(lived: Cast, browse: As) -> None:
    assert WALKED not in browse(lived.otto).get("/progress/2026-11-12").text


# What it costs


@pytest.mark.parametrize(("path", "most"), [("/progress", 6), ("/progress/2026-11-12", 6), ("/steps/{walk}", 9)])
def test_years_of_history_cost_no_query_more(path: str, most: int, lived: Cast, database: Database, browse: As) -> None:
    client, path = browse(lived.clara), path.format(walk=lived.walk)
    with counting(database.engine) as few:
        client.get(path)
    years(database, lived, 3)
    with counting(database.engine) as many:
        client.get(path)
    assert len(many) == len(few) <= most, str(many)


def test_a_year_of_history_comes_in_ten_kilobytes(cast: Cast, database: Database, browse: As) -> None:
    years(database, cast)
    answer = browse(cast.clara).get("/progress", headers={"Accept-Encoding": "br"})
    assert len(answer.data) <= 10_240


# The days of a step


def test_a_day_of_a_step_can_be_tapped_and_its_form_is_open_for_it(lived: Cast, browse: As) -> None:
    client = browse(lived.clara)
    page = client.get(f"/steps/{lived.walk}").text
    assert f'href="/steps/{lived.walk}?day=2026-11-10#say" aria-label="Tue, Nov 10: done"' in page
    assert 'aria-label="Fri, Nov 6: did some"' in page
    assert 'aria-label="Thu, Nov 12: not today"' in page
    assert 'id="say" open' not in page
    page = client.get(f"/steps/{lived.walk}?day=2026-11-09").text
    assert 'id="say" open' in page
    assert 'name="day" value="2026-11-09"' in page
    sent = {"day": "2026-11-09", "outcome": "done", "op_id": str(uuid4()), "back": "step", "slot": ""}
    assert client.post(f"/steps/{lived.walk}/check-ins", data=sent).status_code == 303
    assert 'aria-label="Mon, Nov 9: done"' in client.get(f"/steps/{lived.walk}").text


def test_sixty_days_can_be_tapped_and_no_day_to_come(cast: Cast, database: Database, browse: As) -> None:
    years(database, cast)
    days = re.findall(r"\?day=([0-9-]+)#say", browse(cast.clara).get(f"/steps/{cast.pills}").text)
    assert len(days) == len(set(days)) == 61
    assert (min(days), max(days)) == (str(TODAY - 60 * DAY), str(TODAY))


@pytest.mark.parametrize("day", ["2026-09-19", "2026-11-20", "soon", ""])
def test_a_day_that_cannot_be_told_about_opens_nothing(day: str, cast: Cast, browse: As) -> None:
    assert 'id="say" open' not in browse(cast.clara).get(f"/steps/{cast.walk}?day={day}").text


def test_a_step_that_has_just_begun_shows_no_days_before_it(cast: Cast, database: Database, browse: As) -> None:
    with database.writing() as session:
        session.query(CadenceVersion).filter_by(step_id=cast.walk).update({"valid_from": TODAY})
    days = re.findall(r"\?day=([0-9-]+)#say", browse(cast.clara).get(f"/steps/{cast.walk}").text)
    assert days[0] == str(MONDAY)
    assert "Earlier days" not in browse(cast.clara).get(f"/steps/{cast.walk}").text
