"""People: the client alone decides who sees what, and what they decide counts at once."""

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, func, select, update

from tests.conftest import As
from tests.support.cast import NOW, TODAY, Cast
from webapp import clock
from webapp.db import Database
from webapp.domain.sharing import Scope
from webapp.models import ActionStep, Commitment, Invitation, Look, SharingGrant, SupporterLink
from webapp.services import commitments, looks, sharing


def read(browser: FlaskClient, path: str = "/people") -> str:
    answer = browser.get(path)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def grant(browser: FlaskClient, person: int, scope: str = "steps", **form: str):
    return browser.post(f"/people/{person}/grants", data={"scope": scope} | form)


def withdraw(browser: FlaskClient, person: int, scope: str = "steps"):
    return browser.post(f"/people/{person}/withdrawals", data={"scope": scope})


def granted(database: Database, person: int) -> set[str]:
    with database.writing() as session:
        rows = session.scalars(select(SharingGrant).filter_by(person_id=person, withdrawn_at=None))
        return {row.scope for row in rows}


def test_everybody_in_the_circle_stands_there_with_what_they_see(cast: Cast, browse: As) -> None:
    page = read(browse(cast.clara))
    for words in ("Theo Lindqvist", "psychotherapist", "Sam Reyes", "brother", "Nora Quist"):
        assert words in page
    assert 'aria-label="What Sam sees"' in page
    assert "Sees only what you ask of them." in page
    assert "Tess" not in page


def test_sharing_and_stopping_count_at_the_very_next_request(cast: Cast, browse: As) -> None:
    clara, nora = browse(cast.clara), browse(cast.nora)
    assert "Walk by the river" not in read(nora, "/promises")
    assert grant(clara, cast.nora).status_code == 303
    assert "Walk by the river" in read(nora, "/promises")
    assert withdraw(clara, cast.nora).status_code == 303
    assert "Walk by the river" not in read(nora, "/promises")


def test_sharing_can_be_for_a_while_and_for_something(cast: Cast, database: Database, browse: As) -> None:
    last = TODAY + timedelta(days=3)
    clara = browse(cast.clara)
    grant(clara, cast.nora, until=last.isoformat(), purpose="while I move house")
    page = read(clara)
    assert "up to and including Sun, Nov 22" in page
    assert "while I move house" in page
    with database.writing() as session:
        row = session.scalars(select(SharingGrant).filter_by(person_id=cast.nora)).one()
        # Clara's Sunday ends on Monday at three in the morning.
        assert row.ends_at == NOW.replace(day=23, hour=8)


@pytest.mark.parametrize("swept", [False, True])
def test_sharing_that_ran_out_says_when_and_can_begin_again(
    cast: Cast, database: Database, browse: As, swept: bool
) -> None:
    clara = browse(cast.clara)
    grant(clara, cast.nora, until=(TODAY + timedelta(days=3)).isoformat())
    with clock.standing_at(NOW + timedelta(days=5)):
        if swept:
            with database.writing() as session:
                sharing.end_what_ran_out(session, clock.now())
        page = read(clara)
        assert "It was shared up to and including Sun, Nov 22." in page
        clara = browse(cast.clara)  # five days later she is asked who she is, or has just signed in
        grant(clara, cast.nora)
        assert "It was shared up to and including" not in read(clara)
        assert "Walk by the river" in read(browse(cast.nora), "/promises")


def test_sharing_that_was_stopped_says_when(cast: Cast, browse: As) -> None:
    clara = browse(cast.clara)
    assert "Sharing stopped" not in read(clara)
    withdraw(clara, cast.sam)
    assert "Sharing stopped: today, 12:00\xa0PM." in read(clara)


def test_an_invitation_that_ran_out_says_when_and_how_to_go_on(cast: Cast, database: Database, browse: As) -> None:
    clara, theo = browse(cast.clara), browse(cast.theo)
    clara.post("/people/invite", data={"name": "Ed Lou", "email": "ed@example.test"})
    sent = theo.post("/clients/new", data={"name": "Mary Lou", "email": "mary@example.test"}).headers["Location"]
    theo.get(sent)
    with clock.standing_at(NOW + timedelta(days=8)):
        assert "No answer. The link ran out yesterday, 12:00\xa0PM. Send it again for another 7 days." in read(clara)
        theo = browse(cast.theo)
        assert "No answer. The link ran out yesterday, 12:00\xa0PM." in read(theo, sent)
        assert "the link ran out yesterday, 12:00\xa0PM: send it again" in read(theo, "/clients/new")
        theo.post(f"{sent}/withdrawn")
        assert "You took this invitation back." in read(theo, sent)


def test_a_last_day_that_is_over_comes_back_with_what_was_typed(cast: Cast, database: Database, browse: As) -> None:
    answer = grant(browse(cast.clara), cast.nora, until="2026-11-01", purpose="while I move house")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "That day is over." in page
    assert "while I move house" in page
    assert granted(database, cast.nora) == set()


def test_substance_use_needs_its_own_tick(cast: Cast, database: Database, browse: As) -> None:
    clara = browse(cast.clara)
    answer = grant(clara, cast.theo, "substance_use")
    assert answer.status_code == 422
    assert "Please tick that you have read this." in answer.get_data(as_text=True)
    assert "substance_use" not in granted(database, cast.theo)
    assert grant(clara, cast.theo, "substance_use", understood="yes").status_code == 422
    signed = {"understood": "yes", "signature": "Clara Reyes"}
    assert grant(clara, cast.theo, "substance_use", **signed).status_code == 303
    assert "substance_use" in granted(database, cast.theo)


def test_supporters_are_offered_only_what_their_page_can_show(cast: Cast, database: Database, browse: As) -> None:
    clara = browse(cast.clara)
    for scope in ("notes", "coping", "distress", "agenda"):
        assert grant(clara, cast.nora, scope).status_code == 404
    assert grant(clara, cast.nora, "everything").status_code == 400
    assert granted(database, cast.nora) == set()


def test_strangers_to_the_circle_are_a_404(cast: Cast, database: Database, browse: As) -> None:
    clara = browse(cast.clara)
    for stranger in (cast.tess, cast.otto, cast.ada, cast.clara, 9999):
        assert grant(clara, stranger).status_code == 404
        assert withdraw(clara, stranger).status_code == 404
        assert clara.get(f"/people/{stranger}/seen").status_code == 404
        assert clara.post(f"/people/{stranger}/end").status_code == 404
    assert clara.post(f"/people/{cast.theo}/end").status_code == 404
    assert browse(cast.otto).get(f"/people/{cast.theo}/seen").status_code == 404


def test_one_client_changes_nothing_of_anothers_sharing(cast: Cast, database: Database, browse: As) -> None:
    assert withdraw(browse(cast.otto), cast.sam).status_code == 404
    assert granted(database, cast.sam) == {"steps"}


def test_htmx_gets_the_persons_card_alone(cast: Cast, browse: As) -> None:
    answer = browse(cast.clara).post(
        f"/people/{cast.nora}/grants", data={"scope": "steps"}, headers={"HX-Request": "true"}
    )
    fragment = answer.get_data(as_text=True)
    assert fragment.lstrip().startswith("<article")
    assert "Stop sharing" in fragment
    assert "Sam Reyes" not in fragment


def test_who_looked_stands_there_in_plain_words(cast: Cast, database: Database, browse: As) -> None:
    clara = browse(cast.clara)
    assert "Nobody has looked at anything of yours yet." in read(clara)
    with database.writing() as session:
        for minutes in (50, 10):
            looks.looked(session, cast.theo, cast.clara, "before_session", NOW - timedelta(minutes=minutes))
        looks.looked(session, cast.clara, cast.clara, "before_session", NOW)
        looks.looked(session, cast.tess, cast.otto, "before_session", NOW)
    for path in ("/people", "/people/looks"):
        page = read(clara, path)
        assert "Theo Lindqvist opened the page before the session" in page
        assert "11:50\xa0AM and 11:10\xa0AM" in page
        assert "Tess" not in page


def test_who_looked_stands_newest_first_by_the_newest_look_of_each_page(
    cast: Cast, database: Database, browse: As
) -> None:
    with database.writing() as session:
        for who, page, minutes in (
            (cast.theo, "care_plan", 90),
            (cast.sam, "promises", 60),
            (cast.sam, "promises", 60),
            (cast.theo, "sessions", 20),
            (cast.theo, "care_plan", 30),  # written down later than the one above, seen earlier
        ):
            looks.looked(session, who, cast.clara, page, NOW - timedelta(minutes=minutes))
    for path in ("/people", "/people/looks"):
        told = read(browse(cast.clara), path).split('<dl class="looks')[1].split("</dl>")[0]
        assert told.count("<strong>today</strong>") == 1
        lines = [" ".join(re.sub("<[^>]+>", "", line).split()) for line in told.split("<dd>")[1:]]
        assert [line.replace("\xa0", " ") for line in lines] == [
            "Theo Lindqvist opened your sessions 11:40 AM",
            "Theo Lindqvist opened your plan 11:30 AM and 10:30 AM",
            "Sam Reyes saw what you ask and share on My promises 11:00 AM",
        ]


def test_the_same_time_on_both_sides_of_a_change_of_clocks_is_two_looks(
    cast: Cast, database: Database, browse: As
) -> None:
    with database.writing() as session:
        for hour in (5, 6):  # 1:30 AM in New York, twice
            looks.looked(session, cast.theo, cast.clara, "care_plan", NOW.replace(day=1, hour=hour, minute=30))
    assert "1:30 AM and 1:30 AM" in read(browse(cast.clara), "/people/looks").replace("\xa0", " ")


def test_see_as_sam_is_the_page_sam_gets(cast: Cast, database: Database, browse: As) -> None:
    shown, own = read(browse(cast.clara), f"/people/{cast.sam}/seen"), read(browse(cast.sam), "/promises")
    for words in ("Drive Clara to choir", "Walk by the river", "The plan: not shared.", "Clara asks you"):
        assert words in shown
        assert words in own
    assert "Ring my sponsor" not in shown
    with database.writing() as session:
        assert [look.by_id for look in session.scalars(select(Look))] == [cast.sam]


def test_see_as_the_therapist_is_the_page_before_the_session(cast: Cast, browse: As) -> None:
    clara = browse(cast.clara)
    assert "Walk by the river" in read(clara, f"/people/{cast.theo}/seen/session")
    withdraw(clara, cast.theo)
    page = read(clara, f"/people/{cast.theo}/seen/session")
    assert "Walk by the river" not in page
    assert "not shared" in page.lower()


def test_taking_a_supporter_out_of_the_circle_ends_all_of_it(cast: Cast, database: Database, browse: As) -> None:
    sam = browse(cast.sam)
    assert browse(cast.clara).post(f"/people/{cast.sam}/end").status_code == 303
    page = read(sam, "/promises")
    assert "Clara" not in page
    assert "choir" not in page
    with database.writing() as session:
        assert session.get_one(Commitment, cast.promise).state == "ended"
        assert session.scalars(select(SupporterLink).filter_by(supporter_id=cast.sam)).one().ended_at == NOW


def test_a_step_can_be_asked_of_somebody_in_the_circle(cast: Cast, database: Database, browse: As) -> None:
    clara = browse(cast.clara)
    clara.post(f"/commitments/{cast.promise}/answers", data={"verb": "end"})
    assert "Ask somebody" in read(clara)
    assert clara.post("/people/asks", data={"step_id": cast.ride, "person_id": cast.nora}).status_code == 303
    assert "Drive Clara to choir" in read(browse(cast.nora), "/promises")


@pytest.mark.parametrize(("step", "person"), [("walk", "nora"), ("otto_step", "nora"), ("ride", "tess")])
def test_what_cannot_be_asked_is_a_404(cast: Cast, database: Database, browse: As, step: str, person: str) -> None:
    form = {"step_id": getattr(cast, step), "person_id": getattr(cast, person)}
    assert browse(cast.clara).post("/people/asks", data=form).status_code == 404
    with database.writing() as session:
        assert session.scalar(select(func.count(Commitment.id))) == 1


def test_an_invited_supporter_is_asked_when_they_join(cast: Cast, database: Database, browse: As) -> None:
    clara = browse(cast.clara)
    clara.post(f"/commitments/{cast.promise}/answers", data={"verb": "end"})
    form = {"name": "Edythe Lou", "email": "edythe@example.test", "relation": "sister", "step_id": str(cast.ride)}
    assert clara.post("/people/invite", data=form).status_code == 303
    page = read(clara)
    assert "Edythe Lou" in page
    assert "Not joined yet." in page
    assert "You ask for: Drive Clara to choir" in page
    with database.writing() as session:
        invitation = session.scalars(select(Invitation)).one()
        assert (invitation.role, invitation.client_id, invitation.relation) == ("supporter", cast.clara, "sister")
        assert (
            session.scalars(select(Commitment).filter_by(supporter_id=invitation.person_id)).one().state == "proposed"
        )


def test_an_invitation_taken_back_takes_what_was_asked_with_it(cast: Cast, database: Database, browse: As) -> None:
    clara = browse(cast.clara)
    clara.post(f"/commitments/{cast.promise}/answers", data={"verb": "end"})
    form = {"name": "Edythe Lou", "email": "edythe@example.test", "step_id": str(cast.ride)}
    clara.post("/people/invite", data=form)
    with database.writing() as session:
        invitation = session.scalars(select(Invitation)).one().id
    assert clara.post(f"/invitations/sent/{invitation}/withdrawn").status_code == 303
    page = read(clara)
    assert "Edythe" not in page
    assert "Ask somebody" in page


def test_an_invitation_needs_a_name_and_an_address(cast: Cast, database: Database, browse: As) -> None:
    answer = browse(cast.clara).post("/people/invite", data={"name": "", "email": "nowhere", "relation": "sister"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "Write one e-mail address" in page
    assert 'value="nowhere"' in page
    assert 'value="sister"' in page
    with database.writing() as session:
        assert session.scalars(select(Invitation)).all() == []


def test_whoever_is_in_the_circle_already_need_not_be_invited(cast: Cast, browse: As) -> None:
    answer = browse(cast.clara).post("/people/invite", data={"name": "Sam", "email": "SAM@example.test"})
    assert answer.status_code == 422
    assert "is with you already" in answer.get_data(as_text=True)


def test_a_promise_waiting_for_an_answer_shows_whose_it_is(cast: Cast, database: Database, browse: As) -> None:
    with database.writing() as session:
        commitments.propose(session, cast.clara, cast.ride, cast.nora, cast.clara, NOW)
    assert "waiting for an answer" in read(browse(cast.clara))


def about_substance_use(database: Database, cast: Cast) -> None:
    with database.writing() as session:
        session.execute(delete(Commitment))
        session.execute(update(ActionStep).where(ActionStep.id == cast.ride).values(substance_use=True))


def test_asking_for_a_step_about_substance_use_leads_to_sharing_it_first(
    cast: Cast, database: Database, browse: As
) -> None:
    about_substance_use(database, cast)
    clara, ask = browse(cast.clara), {"step_id": cast.ride, "person_id": cast.nora}
    answer = clara.post("/people/asks", data=ask)
    assert answer.status_code == 422
    beside = answer.text.split(f'id="ask-{cast.ride}"')[1].split("</li>")[0]
    assert f'<option value="{cast.nora}" selected>' in beside
    assert "This step is about substance use, and Nora knows nothing of that from you." in beside
    where = f"sees-{cast.nora}-substance_use"
    assert f'href="/people?open={cast.nora}#{where}"' in beside
    assert f'id="{where}"' in answer.text
    assert "Drive Clara" not in read(browse(cast.nora), "/promises")
    signed = grant(clara, cast.nora, "substance_use", understood="y", signature="Clara Reyes")
    assert signed.status_code == 303
    assert clara.post("/people/asks", data=ask).status_code == 303
    assert "Drive Clara" in read(browse(cast.nora), "/promises")


def test_what_was_asked_about_substance_use_is_hidden_once_it_is_not_shared_and_comes_back(
    cast: Cast, database: Database, browse: As
) -> None:
    clara, sam = browse(cast.clara), browse(cast.sam)
    with database.writing() as session:
        session.execute(delete(SharingGrant).where(SharingGrant.person_id == cast.sam))
    about_substance_use(database, cast)
    empty = read(sam, "/promises")
    assert grant(clara, cast.sam, "substance_use", understood="y", signature="Clara Reyes").status_code == 303
    assert clara.post("/people/asks", data={"step_id": cast.ride, "person_id": cast.sam}).status_code == 303
    with database.writing() as session:
        commitment = session.scalars(select(Commitment.id)).one()
    answers = f"/promises/{commitment}/answers"
    assert "Drive Clara" in read(sam, "/promises")
    withdraw(clara, cast.sam, "substance_use")
    assert read(sam, "/promises") == empty
    assert sam.post(answers, data={"verb": "accept"}).status_code == 404
    assert "Sam does not see this now" in read(clara)
    clara.post(f"/people/{cast.sam}/withdrawals/undone", data={"scope": "substance_use"})
    assert "Drive Clara" in read(sam, "/promises")
    assert "does not see this now" not in read(clara)
    assert sam.post(answers, data={"verb": "accept"}).status_code == 303


def test_an_invitation_leaves_out_what_is_about_substance_use_and_says_so(
    cast: Cast, database: Database, browse: As
) -> None:
    clara = browse(cast.clara)
    with database.writing() as session:
        session.execute(delete(Commitment))
    assert "Drive Clara" in read(clara, "/people/invite")
    about_substance_use(database, cast)
    page = read(clara, "/people/invite")
    assert "Drive Clara" not in page
    assert "For a step about substance use you can ask them later" in page
    form = {"name": "Ivy Moss", "email": "ivy@example.test", "step_id": cast.ride, "message": "Please"}
    answer = clara.post("/people/invite", data=form)
    assert answer.status_code == 422
    assert "You can ask for a step about substance use once they have joined" in answer.text
    assert f'<option selected value="{cast.ride}">' in answer.text
    assert "Please</textarea>" in answer.text
    with database.writing() as session:
        assert session.scalars(select(Invitation)).all() == []


def test_every_switch_says_what_it_means(cast: Cast, browse: As) -> None:
    page = read(browse(cast.clara), f"/people?open={cast.theo}")
    assert "The words and reasons you write beside a step." in page
    assert page.count("Stop sharing") >= len(Scope) - 1
