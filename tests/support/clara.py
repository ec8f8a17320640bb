"""Two weeks of Clara's, told by everybody, so that every number on a page can be checked against it.

Since the session on Thursday 5 November: the walk (at least twice a week), the morning pills (every day at 8),
her sponsor (as needed, about substance use), and Sam's ride on Thursdays.
"""

from datetime import UTC, date, datetime, time, timedelta
from uuid import uuid4

from sqlalchemy.orm import Session

from tests.support.cast import NOW, Cast
from webapp.models import (
    AgendaItem,
    CheckIn,
    CopingStrategy,
    CopingUse,
    Delivery,
    Endpoint,
    PlanChange,
    Reminder,
    ReminderOccurrence,
)

WALKED = "canary-walk-note the river was lovely"
SPONSOR = "canary-sponsor-note"
TALK = "canary-agenda sleeping badly"


def says(
    session: Session,
    cast: Cast,
    step: int,
    day: date,
    outcome: str = "done",
    by: int | None = None,
    **more: object,
) -> None:
    """Record one check-in, by Clara unless said otherwise."""
    check_in = CheckIn(
        client_id=cast.clara,
        step_id=step,
        by_id=by or cast.clara,
        op_id=str(uuid4()),
        day=day,
        outcome=outcome,
        at=datetime.combine(day, time(22), UTC),
        **more,
    )
    session.add(check_in)
    session.flush()


def live_two_weeks(session: Session, cast: Cast) -> None:
    """Write the two weeks."""
    november = {day: date(2026, 11, day) for day in range(1, 31)}
    says(session, cast, cast.walk, november[3])
    says(session, cast, cast.walk, november[6], "some")
    says(session, cast, cast.walk, november[10], note=WALKED)
    says(session, cast, cast.walk, november[17])
    says(session, cast, cast.walk, november[12], "not_today", reason="no_time")
    for day in (9, 10, 11):
        says(session, cast, cast.pills, november[day], slot="08:00")
    says(session, cast, cast.pills, november[12], "not_today", slot="08:00", reason="unwell")
    says(session, cast, cast.hotline, november[13], note=SPONSOR)
    says(session, cast, cast.ride, november[5], by=cast.sam)
    says(session, cast, cast.ride, november[12], "done", by=cast.sam)
    says(session, cast, cast.ride, november[12], "not_today")
    session.add(AgendaItem(client_id=cast.clara, text=TALK, created_at=NOW))
    _coping(session, cast)
    _changes(session, cast)
    _reminders(session, cast)
    session.flush()


def _coping(session: Session, cast: Cast) -> None:
    sponsor = CopingStrategy(
        client_id=cast.clara,
        text="canary-sober-strategy",
        use_when="crisis",
        substance_use=True,
        created_by_id=cast.clara,
        created_at=NOW,
    )
    session.add(sponsor)
    session.flush()
    uses = [
        (cast.breathing, 8, 7, "a_little"),
        (cast.breathing, 7, 6, "yes"),
        (cast.breathing, None, None, "no"),
        (sponsor.id, 9, 2, "yes"),
    ]
    for number, (strategy, before, after, helped) in enumerate(uses):
        day = date(2026, 11, 9 + number)
        at = datetime.combine(day, time(20), UTC)
        use = CopingUse(
            client_id=cast.clara,
            strategy_id=strategy,
            op_id=str(uuid4()),
            at=at,
            day=day,
            before=before,
            after=after,
            helped=helped,
        )
        session.add(use)


def _changes(session: Session, cast: Cast) -> None:
    changes = [
        ("step", "changed", False, {"text": "canary-changed-step"}),
        ("step", "added", True, {"text": "canary-sober-change"}),
        ("coping_strategy", "added", False, {"text": "canary-coping-change"}),
    ]
    for noun, what, private, after in changes:
        change = PlanChange(
            client_id=cast.clara,
            plan_id=cast.plan,
            by_id=cast.theo,
            at=NOW - timedelta(days=2),
            noun=noun,
            what=what,
            after=after,
            substance_use=private,
        )
        session.add(change)


def _reminders(session: Session, cast: Cast) -> None:
    """Five reminders about the walk: 3 sent, 1 in doubt, 1 not reached; one about her sponsor, sent."""
    endpoint = session.query(Endpoint).filter_by(person_id=cast.clara).one()
    for step, states in ((cast.walk, ("sent", "sent", "sent", "unknown", "failed")), (cast.hotline, ("sent",))):
        reminder = Reminder(
            client_id=cast.clara,
            step_id=step,
            person_id=cast.clara,
            at_time="18:00",
            zone="America/New_York",
            created_at=NOW,
        )
        session.add(reminder)
        session.flush()
        for number, state in enumerate(states):
            due = NOW - timedelta(days=number + 1)
            occurrence = ReminderOccurrence(
                client_id=cast.clara,
                reminder_id=reminder.id,
                occ_key=f"{number}",
                day=due.date(),
                due_at=due,
                expires_at=due,
                zone="America/New_York",
            )
            session.add(occurrence)
            session.flush()
            delivery = Delivery(
                channel="email",
                client_id=cast.clara,
                occurrence_id=occurrence.id,
                endpoint_id=endpoint.id,
                person_id=cast.clara,
                state=state,
                due_at=due,
            )
            session.add(delivery)
