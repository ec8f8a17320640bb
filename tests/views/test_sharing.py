"""What is granted decides every page of others: by kind and by step, from its first second, and not one after its end.

The pages are compared whole, so that no count, order, date or note tells of what is not shared.
"""

import re
from datetime import timedelta
from random import Random
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import delete, select, update

from tests.conftest import As
from tests.services.test_answers import came_due
from tests.support.cast import NOW, TODAY, Cast
from tests.support.clara import live_two_weeks
from tests.support.counting import counting
from tests.support.people import SIGNED, acting
from tests.views.test_looks import address, routes
from webapp import clock
from webapp.db import Database
from webapp.domain.cadence import Cadence, Kind
from webapp.domain.check_ins import Entry
from webapp.domain.people import Role
from webapp.domain.scores import Outcome
from webapp.domain.sharing import PER_STEP, Reach, Scope
from webapp.models import (
    ActionStep,
    Delivery,
    Endpoint,
    Goal,
    PlanChange,
    Reminder,
    ReminderOccurrence,
    SharingGrant,
    StepProgress,
    SupporterLink,
)
from webapp.services import admin, check_ins, invitations, sharing, steps, supporters
from webapp.services.sharing import Terms
from webapp.views.policies import POLICIES
from webapp.views.seen_as import still

CANARY = "zinnia"
CONTENT = ("Walk by", "morning pills", "Slow breathing", "Drive Clara", "Feel at home", "canary")
NOTICE = "42 CFR part 2 prohibits unauthorized use or disclosure of these records."
ONCE = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
OWN_REMINDERS = re.compile(
    r'<details class="more">\s*<summary><span>Remind me.*?(?=<details class="more">\s*<summary><span>I can)', re.DOTALL
)
"""When supporters are reminded is theirs; the client is not shown it."""
INSIDE = re.compile(r'<div role="group" aria-label="What \w+ sees">(.*?)</div>\s*</main>', re.DOTALL)
PRESSED = re.compile(r"<(?:(?:button|input|select|textarea)\b(?! disabled)|a\b[^>]* href=)[^>]*>")
DAY = timedelta(days=1)


def of_clara(cast: Cast) -> list[str]:
    """The care team's pages about Clara."""
    record = f"/clients/{cast.clara}"
    return [f"{record}{page}" for page in ("/before-session", "/plan", "/plan/changes", "/sessions")] + [
        f"{record}/plan/steps/{cast.walk}"
    ]


class Reader:
    """Reads the pages of Theo and of Sam, but for what is new in each answer."""

    def __init__(self, cast: Cast, browse: As) -> None:
        self.pages = [(browse(cast.theo), page) for page in ("/caseload", *of_clara(cast))]
        self.pages.append((browse(cast.sam), "/promises"))

    def __call__(self) -> dict[str, tuple[int, str]]:
        found = {}
        for browser, page in self.pages:
            answer = browser.get(page)
            found[page] = (answer.status_code, ONCE.sub("op-id", answer.text))
        return found


def share_only(database: Database, cast: Cast, person: int, *scopes: Scope, reach: Reach | None = None) -> None:
    """Let one person see these kinds and nothing else; those that go by steps with this reach."""
    clara = acting(cast.clara)
    with database.writing() as session:
        session.execute(delete(SharingGrant).where(SharingGrant.person_id == person))
        for scope in scopes:
            terms = Terms(reach=reach) if reach and scope in PER_STEP else Terms()
            sharing.grant(session, clara, person, scope, NOW, terms, SIGNED)


def test_after_a_withdrawal_the_pages_are_as_if_there_had_never_been_a_grant(
    cast: Cast, database: Database, browse: As
) -> None:
    with database.writing() as session:
        live_two_weeks(session, cast)
        session.execute(delete(SharingGrant))
    read, clara = Reader(cast, browse), acting(cast.clara)
    never = read()
    assert {page: status for page, (status, _) in never.items()} == dict.fromkeys(of_clara(cast), 404) | {
        "/caseload": 200,
        "/promises": 200,
    }
    for scope in Scope:
        with database.writing() as session:
            for person in (cast.theo, cast.sam):
                sharing.grant(session, clara, person, scope, NOW, consent=SIGNED)
        during = read()
        assert during[of_clara(cast)[0]][0] == 200, scope
        with database.writing() as session:
            for person in (cast.theo, cast.sam):
                sharing.withdraw(session, clara, person, scope, NOW)
        after = read()
        assert [page for page in never if never[page] != after[page]] == [], scope


def test_without_a_grant_the_care_team_gets_the_page_of_what_does_not_exist(
    cast: Cast, database: Database, browse: As
) -> None:
    share_only(database, cast, cast.theo)
    theo = browse(cast.theo)
    assert "Nothing shared with you." in theo.get("/caseload").text
    for page in of_clara(cast):
        known, unknown = theo.get(page), theo.get(page.replace(f"/clients/{cast.clara}", "/clients/999999"))
        assert (known.status_code, known.data) == (404, unknown.data), page
    assert theo.post(f"/clients/{cast.clara}/plan/strength/new", data={"text": "x"}).status_code == 404
    assert theo.post(f"/clients/{cast.clara}/sessions", data={"day": "2026-12-01", "at": "10:00"}).status_code == 404


def _write_about(database: Database, cast: Cast, step: int) -> None:
    """Write all that can be written about one step of Clara's: what she did and said, its changes, its reminders."""
    then, clara = NOW - DAY, acting(cast.clara)
    with database.writing() as session:
        for number in range(5):
            outcome = (Outcome.DONE, Outcome.NOT_TODAY)[number % 2]
            reason = "no_longer_fits" if outcome is Outcome.NOT_TODAY else None
            entry = Entry(
                str(uuid4()), TODAY - number * DAY, outcome, "08:00", reason=reason, note=f"{CANARY} {number}"
            )
            check_ins.check_in(session, clara, cast.clara, step, entry, NOW - number * DAY)
        session.add(StepProgress(client_id=cast.clara, step_id=step, text=CANARY, on=TODAY))
        steps.change(session, cast.clara, step, cast.clara, {"purpose": CANARY}, then, CANARY)
        steps.suggest(session, cast.clara, step, CANARY, then)
        said = session.scalars(select(PlanChange).where(PlanChange.what == "suggested")).one()
        steps.suggest(session, cast.clara, step, CANARY, then)
        steps.settle(session, cast.clara, said.id, cast.clara, then)
        reminder = Reminder(client_id=cast.clara, step_id=step, person_id=cast.clara, at_time="09:00", zone="UTC",
                            created_at=then)  # fmt: skip
        session.add(reminder)
        session.flush()
        endpoint = session.scalars(select(Endpoint.id).where(Endpoint.person_id == cast.clara)).one()
        for number, state in enumerate(("failed", "unknown")):
            due = then + timedelta(hours=number)
            occurrence = ReminderOccurrence(client_id=cast.clara, reminder_id=reminder.id, occ_key=f"z{number}",
                                            day=TODAY, due_at=due, expires_at=due + DAY, zone="UTC")  # fmt: skip
            session.add(occurrence)
            session.flush()
            session.add(Delivery(channel="email", client_id=cast.clara, occurrence_id=occurrence.id, due_at=due,
                                 endpoint_id=endpoint, person_id=cast.clara, state=state))  # fmt: skip


@pytest.mark.parametrize("narrow", [True, False])
def test_a_step_that_is_not_shared_changes_no_letter_of_what_others_see(
    cast: Cast, database: Database, browse: As, narrow: bool
) -> None:
    with database.writing() as session:
        live_two_weeks(session, cast)
    left_out = frozenset({cast.pills})
    reach = Reach(new=False, steps=frozenset({cast.walk, cast.ride})) if narrow else Reach(new=True, steps=left_out)
    for person in (cast.theo, cast.sam):
        share_only(database, cast, person, *Scope, reach=reach)
    read = Reader(cast, browse)
    before = read()
    _write_about(database, cast, cast.pills)
    if narrow:
        often = Cadence(kind=Kind.TARGET, target_min=3, valid_from=TODAY - 30 * DAY)
        with database.writing() as session:
            steps.add(session, cast.clara, cast.clara, steps.SELF, {"text": CANARY}, often, NOW)
    after = read()
    assert [page for page in before if before[page] != after[page]] == []
    shown = "".join(text for _, text in after.values())
    assert "Walk by the river" in shown
    assert "Take the morning pills" not in shown
    assert CANARY not in shown
    for person in (cast.theo, cast.sam):
        share_only(database, cast, person, *Scope)
    everything = read()
    for page in ("/caseload", *of_clara(cast)[:3], "/promises"):
        assert everything[page] != after[page], page
    assert CANARY in everything[of_clara(cast)[0]][1]


def test_notes_and_weeks_are_chosen_step_by_step_each_for_itself(cast: Cast, database: Database, browse: As) -> None:
    with database.writing() as session:
        live_two_weeks(session, cast)
    share_only(database, cast, cast.theo, Scope.STEPS, reach=Reach(new=True, steps=frozenset({cast.walk})))
    with database.writing() as session:
        terms = Terms(reach=Reach(new=False, steps=frozenset({cast.walk})))
        sharing.grant(session, acting(cast.clara), cast.theo, Scope.NOTES, NOW, terms)
    page = browse(cast.theo).get(of_clara(cast)[0]).text
    assert "canary-walk-note" in page
    assert "Walk by the river" not in page
    assert "Take the morning pills" in page
    assert "not well" not in page  # the reason beside the pills
    assert "No record for 7 days" in page  # of what is shared week by week: the walk on Tuesday is not


def test_a_step_under_a_goal_about_substance_use_is_as_private_as_the_goal(
    cast: Cast, database: Database, browse: As
) -> None:
    with database.writing() as session:
        live_two_weeks(session, cast)
        goal = Goal(client_id=cast.clara, plan_id=cast.plan, statement=f"Without {CANARY}", substance_use=True)
        session.add(goal)
        session.flush()
        session.execute(update(ActionStep).where(ActionStep.id == cast.pills).values(goal_id=goal.id))
        change = PlanChange(client_id=cast.clara, plan_id=cast.plan, by_id=cast.clara, at=NOW, noun="step",
                            noun_id=cast.pills, what="changed", after={"text": "Take the morning pills"})  # fmt: skip
        session.add(change)
    for person in (cast.theo, cast.sam):
        share_only(database, cast, person, *(scope for scope in Scope if scope is not Scope.SUBSTANCE_USE))
    read = Reader(cast, browse)
    shown = "".join(text for _, text in read().values())
    assert "Walk by the river" in shown
    assert "Take the morning pills" not in shown
    assert CANARY not in shown


def test_what_is_about_substance_use_comes_with_the_notice_of_the_law_wherever_it_can_stand(
    cast: Cast, database: Database, browse: As
) -> None:
    read = Reader(cast, browse)
    without = read()
    assert [page for page, (_, text) in without.items() if NOTICE in text] == []
    for person in (cast.theo, cast.sam):
        share_only(database, cast, person, *Scope)
    told = read()
    assert [page for page, (_, text) in told.items() if NOTICE not in text] == []
    assert told[of_clara(cast)[0]][1].count(NOTICE) == 2  # on the page, and in the text to copy
    for page in (of_clara(cast)[0], "/promises"):
        assert SIGNED.purpose in told[page][1]
        assert SIGNED.expiration in told[page][1]


def test_no_page_of_a_record_is_without_the_notice_of_the_law_not_even_a_form_that_comes_back(
    app: Flask, cast: Cast, database: Database, browse: As
) -> None:
    share_only(database, cast, cast.theo, *Scope)
    theo, pages, without = browse(cast.theo), 0, []
    for endpoint, method, arguments in routes(app):
        answer = theo.open(address(app, cast, endpoint, method, arguments), method=method)
        if answer.status_code in (200, 422):
            pages += 1
            without += [] if NOTICE in answer.text else [f"{method} {endpoint}"]
    assert without == []
    assert pages >= 14
    share_only(database, cast, cast.theo, *(set(Scope) - {Scope.SUBSTANCE_USE}))
    assert NOTICE not in theo.get(f"/clients/{cast.clara}/sessions").text


def test_a_supporter_reads_the_notice_beside_what_they_were_asked_about_substance_use(
    cast: Cast, database: Database, browse: As
) -> None:
    with database.writing() as session:
        reminded = came_due(session, cast.sam, cast.ride)
        session.execute(update(ActionStep).where(ActionStep.id == cast.ride).values(substance_use=True))
    share_only(database, cast, cast.sam, Scope.SUBSTANCE_USE)
    for path in ("/promises", f"/reminded/{reminded}", "/reminders"):
        page = browse(cast.sam).get(path).text
        assert "Drive Clara" in page, path
        assert NOTICE in page, path


def test_to_see_as_somebody_is_to_see_what_they_get(cast: Cast, database: Database, browse: As) -> None:
    with database.writing() as session:
        live_two_weeks(session, cast)
    clara, chance = browse(cast.clara), Random(31)
    theo, sam, nora = browse(cast.theo), browse(cast.sam), browse(cast.nora)
    own = {
        (cast.theo, ""): (theo, "/caseload"),
        (cast.theo, "/session"): (theo, f"/clients/{cast.clara}/before-session"),
        (cast.theo, "/plan"): (theo, f"/clients/{cast.clara}/plan"),
        (cast.sam, ""): (sam, "/promises"),
        (cast.nora, ""): (nora, "/promises"),
    }
    everything = (cast.walk, cast.pills, cast.hotline, cast.ride, cast.therapy)
    for _ in range(6):
        chosen = frozenset(one for one in everything if chance.random() < 0.5) or {cast.walk}
        reach = Reach(chance.random() < 0.5, frozenset(chosen))
        for person in (cast.theo, cast.sam, cast.nora):
            scopes = [scope for scope in Scope if chance.random() < 0.6]
            share_only(database, cast, person, *scopes, reach=reach)
        for (person, page), (browser, path) in own.items():
            seen, theirs = clara.get(f"/people/{person}/seen{page}"), browser.get(path)
            assert seen.status_code == theirs.status_code, (person, page)
            if theirs.status_code == 200:
                inside = INSIDE.search(ONCE.sub("op-id", seen.text))
                text = still(OWN_REMINDERS.sub("", ONCE.sub("op-id", theirs.text)))
                assert inside
                assert PRESSED.findall(inside.group(1)) == [], (person, page)
                assert _squeezed(inside.group(1)) in _squeezed(text), (person, page)


def test_see_as_somebody_says_what_else_they_can_open(cast: Cast, database: Database, browse: As) -> None:
    clara, pages = browse(cast.clara), f"/clients/{cast.clara}"
    besides, of_plan = "Theo can also open the list of your sessions", "each part and step of it"
    for scopes, plan in (({Scope.PLAN}, True), ({Scope.AGENDA}, False), ((), None)):
        share_only(database, cast, cast.theo, *scopes)
        for tab in ("", "/session", "/plan"):
            shown = clara.get(f"/people/{cast.theo}/seen{tab}")
            if shown.status_code == 200:
                told = " ".join(shown.text.split())
                assert (besides in told, of_plan in told) == (plan is not None, bool(plan)), (scopes, tab)
        opened = [browse(cast.theo).get(f"{pages}{page}").status_code for page in ("/sessions", "/plan/changes")]
        assert opened == [200 if plan is not None else 404, 200 if plan else 404]
    assert "can also stand on their reminders" in clara.get(f"/people/{cast.sam}/seen").text


def _squeezed(html: str) -> str:
    return " ".join(html.split())


def test_what_is_shared_from_a_later_day_on_counts_from_then(cast: Cast, database: Database, browse: As) -> None:
    clara, first = browse(cast.clara), TODAY + 3 * DAY
    form = {"scope": "steps", "first": first.isoformat(), "until": (first + DAY).isoformat()}
    assert clara.post(f"/people/{cast.nora}/grants", data=form).status_code == 303
    assert "Walk by the river" not in browse(cast.nora).get("/promises").text
    page = clara.get("/people").text
    assert "not shared yet" in page
    assert "From Nov 22, 3:00\xa0AM on" in page
    for at, seen in ((NOW.replace(day=22, hour=7, minute=59), False), (NOW.replace(day=22, hour=8), True),
                     (NOW.replace(day=24, hour=8), False)):  # fmt: skip
        with clock.standing_at(at):
            assert ("Walk by the river" in browse(cast.nora).get("/promises").text) is seen, at


def test_a_form_that_shares_some_steps_comes_back_with_what_was_ticked(
    cast: Cast, database: Database, browse: As
) -> None:
    clara, both = browse(cast.clara), [str(cast.walk), str(cast.pills)]
    url, form = f"/people/{cast.nora}/grants", {"scope": "steps", "offered": both}
    nothing = clara.post(url, data=form)
    assert nothing.status_code == 422
    assert "Tick one step at least." in nothing.text
    wrong = clara.post(url, data=form | {"step": both[:1], "first": "2026-12-02", "until": "2026-12-01"})
    assert wrong.status_code == 422
    assert "That is before the first day." in wrong.text
    row = wrong.text.split(f'id="sees-{cast.nora}-steps"')[1].split("</li>")[0]
    assert f'value="{cast.walk}" checked' in row
    assert f'value="{cast.pills}" checked' not in row
    assert clara.post(url, data=form | {"step": both[:1]}).status_code == 303
    page = clara.get("/people").text
    assert "Only: Walk by the river." in page
    assert "Your weeks, some steps" in page
    nora = browse(cast.nora).get("/promises").text
    assert "Walk by the river" in nora
    assert "Take the morning pills" not in nora
    assert clara.post(url, data=form | {"step": both[:1], "new_steps": "yes"}).status_code == 303
    assert "All steps, also new ones, but not: Take the morning pills." in clara.get("/people").text
    assert clara.post(url, data={"scope": "steps", "offered": str(cast.otto_step)}).status_code == 422
    foreign = {"scope": "steps", "offered": str(cast.otto_step), "step": str(cast.otto_step)}
    assert clara.post(url, data=foreign).status_code == 404


def test_the_consent_is_kept_with_every_element_and_shown_again(cast: Cast, database: Database, browse: As) -> None:
    clara, url = browse(cast.clara), f"/people/{cast.theo}/grants"
    before = clara.get("/people").text
    for words in ("Riverside Practice, through Cairn", "You can stop it here at any time", "(HIPAA)",
                  "You get the same help if you do not sign.", "Until Clara stops it"):  # fmt: skip
        assert words in before
    unsigned = clara.post(url, data={"scope": "substance_use", "understood": "yes", "purpose": "our talks"})
    assert unsigned.status_code == 422
    assert "Write your name here" in unsigned.text
    assert 'value="our talks"' in unsigned.text
    signed = {"scope": "substance_use", "understood": "yes", "signature": "Clara Reyes", "until": "2026-12-24"}
    assert clara.post(url, data=signed).status_code == 303
    with database.reading() as connection:
        found = select(SharingGrant.consent, SharingGrant.granted_at).where(SharingGrant.scope == "substance_use")
        kept, at = connection.execute(found).one()
    assert at == NOW
    assert (kept["patient"], kept["recipient"], kept["signature"]) == ("Clara Reyes", "Theo Lindqvist", "Clara Reyes")
    assert kept["expiration"] == "Up to and including Dec 24, 2026."
    assert kept["purpose"] == "At the request of Clara."
    assert all(value.strip() for value in kept.values())
    assert "What you signed" in clara.get("/people").text


def test_a_consent_can_be_signed_today_and_begin_on_a_later_day(cast: Cast, database: Database, browse: As) -> None:
    clara, url, first = browse(cast.clara), f"/people/{cast.nora}/grants", TODAY + 3 * DAY
    with database.writing() as session:
        session.execute(update(ActionStep).where(ActionStep.id == cast.walk).values(substance_use=True))
    share_only(database, cast, cast.nora, Scope.STEPS)
    signed = {"scope": "substance_use", "understood": "yes", "signature": "Clara Reyes"}
    row = clara.get("/people").text.split(f'id="sees-{cast.nora}-substance_use"')[1].split("</li>")[0]
    assert f'id="first-{cast.nora}-substance_use" name="first"' in row
    over = clara.post(url, data=signed | {"first": (TODAY - DAY).isoformat()})
    crossed = clara.post(url, data=signed | {"first": first.isoformat(), "until": TODAY.isoformat()})
    assert (over.status_code, crossed.status_code) == (422, 422)
    assert "That day is over. Choose today or a later one" in over.text
    assert "That is before the first day." in crossed.text
    assert f'name="first" value="{first}"' in crossed.text
    assert clara.post(url, data=signed | {"first": first.isoformat()}).status_code == 303
    row = clara.get("/people").text.split(f'id="sees-{cast.nora}-substance_use"')[1].split("</li>")[0]
    assert "not shared yet" in row
    assert "Clara Reyes, today, 12:00\xa0PM" in row  # when it was signed, not when it begins
    for at, seen in ((NOW.replace(day=22, hour=7, minute=59), False), (NOW.replace(day=22, hour=8), True)):
        with clock.standing_at(at):
            assert ("Walk by the river" in browse(cast.nora).get("/promises").text) is seen, at


def test_a_withdrawal_can_be_undone_for_ten_minutes_under_the_same_terms(
    cast: Cast, database: Database, browse: As
) -> None:
    clara, until = browse(cast.clara), TODAY + 5 * DAY
    form = {"scope": "plan", "until": until.isoformat(), "purpose": "for the move", "offered": str(cast.walk),
            "step": str(cast.walk)}  # fmt: skip
    clara.post(f"/people/{cast.nora}/grants", data=form)
    undo = {"scope": "plan"}
    clara.post(f"/people/{cast.nora}/withdrawals", data=undo)
    assert f'id="undo-{cast.nora}-plan"' in clara.get("/people").text
    assert clara.post(f"/people/{cast.nora}/withdrawals/undone", data=undo).status_code == 303
    page = clara.get("/people").text
    assert "for the move" in page
    assert "Only: Walk by the river." in page
    assert f'id="undo-{cast.nora}-plan"' not in page
    clara.post(f"/people/{cast.nora}/withdrawals", data=undo)
    with clock.standing_at(NOW + timedelta(minutes=10)):
        clara = browse(cast.clara)
        assert clara.post(f"/people/{cast.nora}/withdrawals/undone", data=undo).status_code == 303
        assert "Only: Walk by the river." not in clara.get("/people").text
    assert clara.post(f"/people/{cast.theo}/withdrawals/undone", data={"scope": "everything"}).status_code == 400


def test_a_supporter_whom_the_client_has_not_confirmed_sees_nothing_and_then_goes_on_by_themselves(
    cast: Cast, database: Database, browse: As
) -> None:
    with database.writing() as session:
        live_two_weeks(session, cast)
    share_only(database, cast, cast.sam, *Scope)
    clara, sam = browse(cast.clara), browse(cast.sam)
    before = sam.get("/promises").text
    assert "Drive Clara to choir" in before
    assert "said yes to your invitation" not in clara.get("/today").text
    with database.writing() as session:
        session.execute(update(SupporterLink).where(SupporterLink.supporter_id == cast.sam).values(confirmed_at=None))
    for path in ("/promises", "/reminders", "/outbox", "/settings"):
        page = sam.get(path).text
        assert [words for words in ("Drive Clara", "Walk by the river", CANARY, "canary") if words in page] == [], path
    waiting = sam.get("/promises").text
    assert "Whoever invited you is asked first whether it is you." in waiting
    assert _squeezed(INSIDE.search(clara.get(f"/people/{cast.sam}/seen").text).group(1)) in _squeezed(waiting)  # type: ignore[union-attr]
    tell = {"verb": "end"}
    assert sam.post(f"/promises/{cast.promise}/answers", data=tell).status_code == 404
    told = {"op_id": str(uuid4()), "outcome": "happened", "day": TODAY.isoformat(), "slot": ""}
    assert sam.post(f"/promises/{cast.promise}/check-ins", data=told).status_code == 404
    assert clara.post(f"/people/{cast.sam}/grants", data={"scope": "plan"}).status_code == 404

    with counting(database.engine) as counted:
        today = clara.get("/today").text
    assert len(counted) <= 6, str(counted)
    assert "Sam Reyes said yes to your invitation." in today
    people = clara.get("/people").text
    assert "Yes, it is Sam" in people
    assert "What Sam sees" not in people
    assert browse(cast.otto).post(f"/people/{cast.sam}/confirmed").status_code == 404
    answer = clara.post(f"/people/{cast.sam}/confirmed", data={"at": "today"})
    assert (answer.status_code, answer.location) == (303, "/today")
    page = clara.get("/today").text
    assert "Sam is in your circle now" in page
    assert "said yes to your invitation" not in page
    assert ONCE.sub("", sam.get("/promises").text) == ONCE.sub("", before)

    assert clara.post(f"/people/{cast.sam}/unconfirmed").status_code == 303
    assert sam.get("/promises").text == waiting
    assert clara.post(f"/people/{cast.sam}/confirmed").location.endswith(f"#person-{cast.sam}")
    assert "Walk by the river" not in sam.get("/promises").text  # what was shared ended with the confirmation
    assert "Drive Clara to choir" in sam.get("/promises").text


def test_whoever_accepts_an_invitation_waits_for_the_client(cast: Cast, database: Database, browse: As) -> None:
    clara, now = acting(cast.clara), NOW
    with database.writing() as session:
        invited = invitations.invite_supporter(session, clara, "Ben Ode", "ben@example.test", None, None, now)
        ben = invitations.accept(session, invited.token, invitations.Answers(), None, now)
    assert "Whoever invited you is asked first whether it is you." in browse(ben).get("/promises").text
    people = browse(cast.clara).get("/people").text
    assert "Said yes to your invitation to ben@example.test." in people
    with database.writing() as session:
        supporters.confirm(session, clara, ben, now)
        supporters.end(session, clara, ben, now)
        again = invitations.invite_supporter(session, clara, "Ben Ode", "ben@example.test", None, None, now)
        invitations.accept(session, again.token, invitations.Answers(), ben, now)
        link = session.scalars(select(SupporterLink).where(SupporterLink.supporter_id == ben)).one()
        assert (link.confirmed_at, link.ended_at) == (None, None)


def test_what_was_shared_ends_with_the_work_of_a_care_team_member(cast: Cast, database: Database, browse: As) -> None:
    for verb in ("unassign", "assign"):
        with database.writing() as session:
            getattr(admin, verb)(session, acting(cast.ada, Role.ADMIN), cast.theo, cast.clara, NOW)
    assert browse(cast.theo).get(of_clara(cast)[0]).status_code == 404
    assert "Nothing shared with you." in browse(cast.theo).get("/caseload").text


def test_no_page_that_an_admin_may_open_shows_anything_of_a_record(
    app: Flask, cast: Cast, database: Database, browse: As
) -> None:
    with database.writing() as session:
        live_two_weeks(session, cast)
    routes, ada, opened = app.url_map.bind("localhost"), browse(cast.ada), 0
    for rule in app.url_map.iter_rules():
        policy = POLICIES[rule.endpoint]
        may = Role.ADMIN in policy.roles or not (policy.roles or policy.public)
        if may and "GET" in (rule.methods or ()) and rule.arguments <= {"person_id"}:
            for person in (cast.clara, cast.theo, cast.sam) if rule.arguments else (0,):
                answer = ada.get(routes.build(rule.endpoint, {"person_id": person} if rule.arguments else {}))
                assert answer.status_code in (200, 303), rule
                opened += answer.status_code == 200
                told = [words for words in CONTENT if words in answer.text]
                assert told == [], rule
    assert opened >= 8
