"""A step's own page, rest from it, and progress."""

import re
from datetime import date, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from tests.conftest import As
from tests.support.cast import NOW, TODAY, Cast
from tests.support.counting import counting
from webapp.db import Database
from webapp.models import ActionStep, CheckIn, CopingUse, Pause


def said(database: Database, cast: Cast, step: int, day: date, **more: object) -> int:
    values = {"by_id": cast.clara, "outcome": "done", "at": NOW} | more
    with database.writing() as session:
        row = CheckIn(client_id=cast.clara, step_id=step, op_id=str(uuid4()), day=day, **values)
        session.add(row)
        session.flush()
        return row.id


def pauses(database: Database) -> list[tuple[int | None, date, date | None, str | None]]:
    columns = Pause.step_id, Pause.starts_on, Pause.ends_on, Pause.reason
    with database.reading() as connection:
        return [tuple(row) for row in connection.execute(select(*columns).order_by(Pause.id))]  # type: ignore[misc]


def test_a_step_tells_how_why_when_and_the_smallest_version(cast: Cast, database: Database, browse: As) -> None:
    with database.writing() as session:
        step = session.get_one(ActionStep, cast.walk)
        step.own_words, step.how_to, step.cue = "Out with Bruno", "Any pace", "After breakfast"
    page = browse(cast.clara).get(f"/steps/{cast.walk}").text
    for words in (
        "Out with Bruno",
        "Walk by the river",
        "Any pace",
        "After breakfast",
        "to loosen the week",
        "Put on my shoes",
        "at least twice a week",
        "0 of 2 this week, 4 days left",
        "Feel at home outside again",
    ):
        assert words in page


def test_the_history_shows_both_voices_and_lets_one_take_back_ones_own(
    cast: Cast, database: Database, browse: As
) -> None:
    own = said(database, cast, cast.ride, date(2026, 11, 12), note="Roads were fine")
    sams = said(database, cast, cast.ride, date(2026, 11, 5), by_id=cast.sam)
    client = browse(cast.clara)
    page = client.get(f"/steps/{cast.ride}").text
    assert "Thu, Nov 12: done" in page
    assert "Roads were fine" in page
    assert "Sam" in page
    assert f"/check-ins/{own}/undo" in page
    assert f"/check-ins/{sams}/undo" not in page
    answer = client.post(f"/check-ins/{own}/undo", data={"back": "step"})
    assert answer.headers["Location"] == f"/steps/{cast.ride}"
    assert "Thu, Nov 12: done" not in client.get(f"/steps/{cast.ride}").text


def test_a_day_is_named_with_the_number_that_stands_there(cast: Cast, browse: As) -> None:
    page = browse(cast.clara).get(f"/steps/{cast.walk}").text
    days = re.findall(r'aria-label="([^"]+)"[^>]*><span class="small">(\d+)</span>', page)
    assert len(days) > 14
    assert [number for name, number in days if number not in re.findall(r"\d+", name)] == []


def test_a_professional_step_is_read_not_ticked(cast: Cast, browse: As) -> None:
    page = browse(cast.clara).get(f"/steps/{cast.therapy}").text.partition("<main")[2]
    assert "Theo" in page
    assert "check-ins" not in page


def test_a_step_takes_a_bounded_number_of_queries(cast: Cast, database: Database, browse: As) -> None:
    for ago in range(30):
        said(database, cast, cast.walk, TODAY - timedelta(days=ago))
    client = browse(cast.clara)
    with counting(database.engine) as counted:
        client.get(f"/steps/{cast.walk}")
    assert len(counted) <= 10, str(counted)


def test_a_pause_includes_its_last_day_and_the_step_rests(cast: Cast, database: Database, browse: As) -> None:
    client = browse(cast.clara)
    form = {"step_id": cast.walk, "starts_on": "2026-11-19", "last_day": "2026-11-21", "reason": "A visit"}
    assert client.post("/pauses", data=form).headers["Location"] == f"/steps/{cast.walk}"
    client.post("/pauses", data=form)
    assert pauses(database) == [(cast.walk, TODAY, date(2026, 11, 22), "A visit")]
    page = client.get(f"/steps/{cast.walk}").text
    assert "paused, back Sun, Nov 22" in page
    assert "Nov 19 to Nov 21" in page
    assert "A visit" in page


def test_ending_a_pause_keeps_the_days_that_were(cast: Cast, database: Database, browse: As) -> None:
    with database.writing() as session:
        pause = Pause(client_id=cast.clara, step_id=cast.walk, starts_on=TODAY - timedelta(days=3), created_at=NOW)
        session.add(pause)
        session.flush()
        running = pause.id
    client = browse(cast.clara)
    assert client.post(f"/pauses/{running}/end").status_code == 303
    assert pauses(database)[0][1:3] == (TODAY - timedelta(days=3), TODAY)
    assert "0 of 1 this week" in client.get(f"/steps/{cast.walk}").text  # three of seven days were rest


def test_a_pause_that_never_began_is_as_if_it_had_not_been(cast: Cast, database: Database, browse: As) -> None:
    client = browse(cast.clara)
    client.post("/pauses", data={"starts_on": "2026-12-01"})
    with database.reading() as connection:
        planned = connection.execute(select(Pause.id)).scalar_one()
    client.post(f"/pauses/{planned}/end")
    assert pauses(database) == [(None, date(2026, 12, 1), date(2026, 12, 1), None)]


def test_everything_rests_at_once(cast: Cast, browse: As) -> None:
    client = browse(cast.clara)
    answer = client.post("/pauses", data={"last_day": "2026-11-25"})
    assert answer.headers["Location"] == "/pauses"
    assert "Everything rests<br>Nov 19 to Nov 25" in client.get("/pauses").text
    assert "You are resting." in client.get("/today").text


def test_all_that_rests_stands_on_one_page_and_in_the_plan_each_with_its_end(
    cast: Cast, database: Database, browse: As
) -> None:
    client = browse(cast.clara)
    client.post("/pauses", data={"step_id": cast.walk, "last_day": "2026-11-25", "reason": "A sore foot"})
    client.post("/pauses", data={"step_id": cast.pills, "starts_on": "2026-12-01"})
    page = client.get("/pauses").text
    assert f'<a href="/steps/{cast.walk}">Walk by the river</a><br>Nov 19 to Nov 25' in page
    assert "A sore foot" in page
    assert "From Dec 1, until you end it" in page
    assert len(re.findall(r'action="/pauses/\d+/end"', page)) == 2
    plan = client.get("/plan").text
    assert plan.count("rests until Nov 25") == 1
    assert f'href="/steps/{cast.walk}"' in plan
    with database.writing() as session:
        session.get_one(ActionStep, cast.walk).status = "retired"
    assert "Walk by the river" not in client.get("/pauses").text


def test_a_rest_of_days_gone_by_can_be_set_seen_and_taken_back(cast: Cast, database: Database, browse: As) -> None:
    client = browse(cast.clara)
    was = {"starts_on": "2026-11-09", "last_day": "2026-11-12", "reason": "In hospital"}
    client.post("/pauses", data=was)
    page = client.get("/pauses").text
    assert "Rest that is over" in page
    assert "Everything<br>Nov 9 to Nov 12" in page
    (undo,) = set(re.findall(r'action="(/pauses/\d+/take-back)"', page))  # at the top as Undo, and in the list
    answer = client.post(undo)
    assert (answer.status_code, answer.location) == (303, "/pauses")
    assert pauses(database) == [(None, date(2026, 11, 9), date(2026, 11, 9), "In hospital")]
    assert "Rest that is over" not in client.get("/pauses").text
    client.post("/pauses", data={"starts_on": "2026-09-01", "last_day": "2026-09-19"})
    assert "Rest that is over" not in client.get("/pauses").text, "after two months it is history"


def test_undo_of_a_pause_gives_back_the_days_before_today_too(cast: Cast, database: Database, browse: As) -> None:
    client = browse(cast.clara)
    form = {"step_id": cast.walk, "starts_on": "2026-11-16"}
    page = client.post("/pauses", data=form, follow_redirects=True).text
    (undo,) = re.findall(r'action="(/pauses/\d+/take-back)"', page)
    assert client.post(undo).location == f"/steps/{cast.walk}"
    assert "0 of 2 this week" in client.get(f"/steps/{cast.walk}").text


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"starts_on": "soon"}, "Choose a day from the calendar."),
        ({"starts_on": "2026-11-19", "last_day": "2026-11-18"}, "The last day is before the first one, Nov 19."),
        ({"starts_on": "2026-11-19", "last_day": "2028-11-18"}, "That is longer than a year."),
        ({"starts_on": "2031-01-01"}, "Choose a first day within a year from now."),
        ({"reason": "r" * 201}, "That is longer than 200 letters."),
    ],
)
@pytest.mark.parametrize("whole", [True, False])
def test_a_pause_that_cannot_be_says_why(
    cast: Cast, database: Database, browse: As, form: dict[str, str], sentence: str, whole: bool
) -> None:
    sent = form if whole else {**form, "step_id": str(cast.walk)}
    answer = browse(cast.clara).post("/pauses", data=sent)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert all(value in answer.text for value in form.values())
    assert pauses(database) == []


@pytest.mark.parametrize("form", [{}, {"starts_on": "soon"}])
def test_nobody_pauses_a_step_of_another_client(
    cast: Cast, database: Database, browse: As, form: dict[str, str]
) -> None:
    answer = browse(cast.clara).post("/pauses", data={**form, "step_id": cast.otto_step})
    assert answer.status_code == 404
    assert pauses(database) == []


def test_progress_counts_closed_weeks_and_shows_the_open_one_apart(cast: Cast, database: Database, browse: As) -> None:
    for day in (date(2026, 11, 2), date(2026, 11, 4), date(2026, 11, 10), date(2026, 11, 17)):
        said(database, cast, cast.walk, day)
    page = browse(cast.clara).get("/progress").text
    assert "3 of 12, in full in 1 of 6 weeks" in page
    assert "Now: 1 of 2 so far" in page
    assert page.index("Walk by the river") < page.index("Take the morning pills")
    assert "Talking therapy" not in page
    for judged in ("missed", "failed", "streak", "%"):
        assert judged not in page.lower().replace("width=", "")


def test_progress_tells_what_helped(cast: Cast, database: Database, browse: As) -> None:
    with database.writing() as session:
        for n, helped in enumerate(("yes", "a_little", "no")):
            use = CopingUse(
                client_id=cast.clara, strategy_id=cast.breathing, op_id=str(n), at=NOW, day=TODAY, helped=helped
            )
            session.add(use)
    page = browse(cast.clara).get("/progress").text
    assert "used 3 times, helped 2 times" in page


def test_progress_takes_six_queries(cast: Cast, database: Database, browse: As) -> None:
    for ago in range(60):
        said(database, cast, cast.pills, TODAY - timedelta(days=ago), slot="08:00")
    client = browse(cast.clara)
    with counting(database.engine) as counted:
        assert client.get("/progress").status_code == 200
    assert len(counted) <= 6, str(counted)


def test_the_last_five_records_are_in_sight_and_the_rest_one_tap_away(
    cast: Cast, database: Database, browse: As
) -> None:
    for back in range(1, 8):
        said(database, cast, cast.walk, TODAY - timedelta(days=back))
    page = browse(cast.clara).get(f"/steps/{cast.walk}").text.partition("<main")[2]
    above, below = page.split("<span>Earlier</span>")
    assert above.count("/undo") == 5
    assert below.count("/undo") == 2


def test_a_pause_that_cannot_be_leads_to_what_is_wrong(cast: Cast, browse: As) -> None:
    page = browse(cast.clara).post("/pauses", data={"starts_on": "soon", "step_id": str(cast.walk)}).text
    assert 'id="pause-starts_on-error" role="alert" tabindex="-1" data-focus' in page


def test_the_form_stands_open_for_the_time_of_day_a_card_led_here_with(cast: Cast, browse: As) -> None:
    client = browse(cast.clara)
    opened = '<details class="more group" id="say" open>'
    page = client.get(f"/steps/{cast.pills}?slot=08:00").text
    assert opened in page
    assert '<input type="hidden" name="slot" value="08:00">' in page
    assert opened not in client.get(f"/steps/{cast.pills}").text
    assert opened not in client.get(f"/steps/{cast.pills}?slot=now").text
    assert opened in client.post(f"/steps/{cast.pills}/check-ins", data={"back": "step", "slot": "08:00"}).text
