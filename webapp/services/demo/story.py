"""A small vocabulary to tell a demo person's weeks in."""

import uuid
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session as DbSession

from webapp.domain.reminders import Verdict, occurrence_key
from webapp.domain.sharing import Scope
from webapp.domain.wall_time import local_day, to_utc
from webapp.models import (
    ActionStep,
    AgendaItem,
    Assignment,
    CadenceVersion,
    CarePlan,
    CheckIn,
    ClientInformation,
    Commitment,
    CommitmentEvent,
    Contact,
    CopingStrategy,
    CopingUse,
    Delivery,
    Endpoint,
    Goal,
    Organisation,
    Person,
    PlanLine,
    Reminder,
    ReminderOccurrence,
    Session,
    SharingGrant,
    Sign,
    Support,
    SupporterLink,
    TeamMember,
)
from webapp.services import reminders

ZONE = ZoneInfo("America/New_York")
OUTCOMES = {"d": "done", "s": "some", "n": "not_today"}


class Story:
    """Writes one organisation's people. Days are counted back from today: `ago(3)` is three days ago."""

    def __init__(self, session: DbSession, country: str, now: datetime) -> None:
        self.session, self.now = session, now
        self.today = local_day(now, ZONE, 3)
        self.organisation = self.add(
            Organisation(name="Harbour Street Practice", country=country, created_at=self.at(70))
        )

    def add(self, record: Any) -> Any:
        self.session.add(record)
        self.session.flush()
        return record

    def ago(self, days: int) -> date:
        return self.today - timedelta(days=days)

    def at(self, days_ago: int, clock: str = "10:00") -> datetime:
        """Give the instant of a local time some days ago (negative: ahead)."""
        instant = to_utc(self.today - timedelta(days=days_ago), time.fromisoformat(clock), ZONE)
        assert instant is not None, "every day exists in New York"
        return instant

    def monday(self, weeks_ago: int) -> date:
        return self.today - timedelta(days=self.today.weekday() + 7 * weeks_ago)

    def person(self, name: str, email: str, hashes: Mapping[str, str], **more: Any) -> int:
        person = self.add(
            Person(
                organisation_id=self.organisation.id,
                name=name,
                called=name.split()[0],
                email=email,
                email_key=email,
                password_hash=hashes.get(email),
                created_at=self.at(66),
                joined_at=self.at(65),
                **more,
            )
        )
        self.add(Endpoint(person_id=person.id, channel="email", address=email, created_at=self.at(65)))
        return int(person.id)


class Client:
    """One client's record."""

    def __init__(self, story: Story, person_id: int, therapist_id: int) -> None:
        self.story, self.id, self.therapist_id = story, person_id, therapist_id
        story.add(Assignment(care_team_id=therapist_id, client_id=person_id, assigned_at=story.at(64)))

    def add(self, model: Any, **values: Any) -> Any:
        return self.story.add(model(client_id=self.id, **values))

    def plan(self, vision: str, review_in: int, **information: Any) -> None:
        start = self.story.monday(8)
        self.start = start
        self.plan_id = self.add(
            CarePlan,
            vision=vision,
            starts_on=start,
            ends_on=start + timedelta(days=182),
            review_on=self.story.today + timedelta(days=review_in),
            created_by_id=self.therapist_id,
            created_at=self.story.at(62),
        ).id
        self.add(ClientInformation, **information)

    def lines(self, kind: str, *texts: str) -> None:
        for position, text in enumerate(texts):
            self.add(PlanLine, plan_id=self.plan_id, kind=kind, text=text, position=position)

    def goal(self, statement: str, own_words: str | None = None, **more: Any) -> int:
        goal = self.add(Goal, plan_id=self.plan_id, statement=statement, own_words=own_words, **more)
        return int(goal.id)

    def member(self, name: str, kind: str, person_id: int | None = None, **more: Any) -> int:
        made = self.add(TeamMember, plan_id=self.plan_id, name=name, kind=kind, person_id=person_id, **more)
        if kind == "natural_supporter":
            self.add(Support, plan_id=self.plan_id, name=name, kind="family", relation=more.get("relation"))
        return int(made.id)

    def step(self, text: str, goal: int, actor_kind: str = "self", **more: Any) -> int:
        """Add a step; whatever is a column of the cadence goes there."""
        cadence = {key: more.pop(key) for key in list(more) if key in CadenceVersion.__table__.c}
        step = self.add(
            ActionStep,
            plan_id=self.plan_id,
            goal_id=goal,
            text=text,
            actor_kind=actor_kind,
            created_by_id=self.therapist_id,
            created_at=self.story.at(62),
            **more,
        )
        start = {"valid_from": self.start, "anchor": self.start, "created_at": self.story.at(62)}
        self.add(CadenceVersion, step_id=step.id, created_by_id=self.therapist_id, **(start | cadence))
        return int(step.id)

    def record(self, step_id: int, days: str, by: int | None = None, clock: str = "18:20", slot: str = "") -> None:
        """Record check-ins from a string of days, the last one being yesterday: d done, s some, n not today."""
        marks = days.replace(" ", "")
        for position, mark in enumerate(marks):
            if mark in OUTCOMES:
                self.check_in(step_id, len(marks) - position, OUTCOMES[mark], by=by, clock=clock, slot=slot)

    def check_in(self, step_id: int, days_ago: int, outcome: str, by: int | None = None, **more: Any) -> None:
        at = self.story.at(days_ago, more.pop("clock", "18:20"))
        self.add(
            CheckIn,
            step_id=step_id,
            by_id=by or self.id,
            op_id=str(uuid.uuid4()),
            day=self.story.ago(days_ago),
            outcome=outcome,
            at=at,
            **more,
        )

    def supporter(self, person_id: int, relation: str) -> None:
        self.add(
            SupporterLink,
            supporter_id=person_id,
            relation=relation,
            joined_at=self.story.at(60),
            confirmed_at=self.story.at(59),
        )

    def promise(self, step_id: int, supporter_id: int, words: str) -> None:
        made = self.add(
            Commitment,
            step_id=step_id,
            supporter_id=supporter_id,
            state="active",
            created_at=self.story.at(60),
            changed_at=self.story.at(59),
        )
        self.add(
            CommitmentEvent,
            commitment_id=made.id,
            by_id=supporter_id,
            at=self.story.at(59),
            verb="accept",
            words=words,
        )

    def remind(self, step_id: int, *times: str, person_id: int | None = None) -> None:
        """Let the client, or somebody of their circle, be reminded of a step."""
        reminders.set_times(self.story.session, step_id, person_id or self.id, times, False, False, self.story.now)

    def reminded(self, step_id: int, days: int) -> None:
        """Fill the ledger with what the reminders of the last days came to, judged as the engine would."""
        session, story = self.story.session, self.story
        endpoint = session.scalars(select(Endpoint.id).where(Endpoint.person_id == self.id)).one()
        for reminder in session.scalars(select(Reminder).where(Reminder.step_id == step_id)):
            reminder.created_at = story.at(days + 1)
            for days_ago in range(days, 0, -1):
                due = story.at(days_ago, reminder.at_time)
                occurrence = self.add(
                    ReminderOccurrence,
                    reminder_id=reminder.id,
                    occ_key=occurrence_key(story.ago(days_ago), reminder.at_time),
                    day=story.ago(days_ago),
                    due_at=due,
                    expires_at=due + timedelta(minutes=reminder.grace_minutes),
                    zone=reminder.zone,
                )
                because = self._said_before(step_id, story.ago(days_ago), due)
                self.add(
                    Delivery,
                    occurrence_id=occurrence.id,
                    endpoint_id=endpoint,
                    person_id=self.id,
                    channel="email",
                    state="cancelled" if because else "sent",
                    because=because,
                    due_at=due,
                    attempts=0 if because else 1,
                    sent_at=None if because else due + timedelta(seconds=4),
                )

    def _said_before(self, step_id: int, day: date, due: datetime) -> str | None:
        """Say why there was nothing left to say: done for the day, or as often in the week as planned."""
        said = CheckIn.step_id == step_id, CheckIn.at < due
        week = day - timedelta(days=day.weekday())
        target = self.story.session.scalar(select(CadenceVersion.target_min).where(CadenceVersion.step_id == step_id))
        count = select(func.count()).select_from(CheckIn)
        if self.story.session.scalar(count.where(*said, CheckIn.day == day)):
            return Verdict.CANCELLED_DONE
        done = self.story.session.scalar(count.where(*said, CheckIn.day >= week, CheckIn.outcome != "not_today")) or 0
        return Verdict.CANCELLED_QUOTA if target and done >= target else None

    def share(self, person_id: int, *scopes: Scope) -> None:
        for scope in scopes:
            self.add(
                SharingGrant,
                person_id=person_id,
                scope=scope,
                purpose="so that sessions start from what really happened",
                granted_by_id=self.id,
                granted_at=self.story.at(60),
                starts_at=self.story.at(60),
            )

    def sign(self, kind: str, *texts: str) -> None:
        for position, text in enumerate(texts):
            self.add(Sign, kind=kind, text=text, position=position)

    def strategy(self, text: str, use_when: str, uses: tuple[tuple[int, int, int, str], ...] = (), **more: Any) -> None:
        """Add a strategy and its uses as (days ago, before, after, helped)."""
        made = self.add(
            CopingStrategy,
            text=text,
            use_when=use_when,
            created_by_id=self.id,
            created_at=self.story.at(60),
            own=True,
            **more,
        )
        for days_ago, before, after, helped in uses:
            at = self.story.at(days_ago, "20:40")
            self.add(
                CopingUse,
                strategy_id=made.id,
                op_id=str(uuid.uuid4()),
                at=at,
                day=self.story.ago(days_ago),
                before=before,
                after=after,
                helped=helped,
                ended_at=at + timedelta(minutes=12),
            )

    def contact(self, name: str, relation: str, phone: str, emergency: bool = False) -> None:
        self.add(Contact, name=name, relation=relation, phone=phone, emergency=emergency)

    def agenda(self, text: str, days_ago: int) -> None:
        self.add(AgendaItem, text=text, created_at=self.story.at(days_ago))

    def sessions(self, held: tuple[int, ...], ahead: int, clock: str) -> None:
        """Sessions with the therapist: held some days ago, the next one `ahead` days from now."""
        for days_ago in (*held, -ahead):
            past = days_ago > 0
            self.add(
                Session,
                care_team_id=self.therapist_id,
                starts_at=self.story.at(days_ago, clock),
                status="held" if past else "planned",
                created_at=self.story.at(60),
                reviewed_at=self.story.at(days_ago, "08:30") if past else None,
            )
