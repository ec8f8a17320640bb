"""Everything *Before the session* tells, in at most nine queries; what is not shared is not even asked for.

A part is None when the client does not share it, and empty when there is nothing recorded.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Boolean, Connection, and_, bindparam, case, func, or_, select

from webapp.domain.adherence import Adherence, adherence
from webapp.domain.before_session import (
    NeedsLook,
    StepStory,
    WeekCounts,
    Win,
    needs_look,
    week_counts,
    weeks_of,
    win,
    window,
)
from webapp.domain.cadence import Cadence, Kind, version_or_last
from webapp.domain.check_ins import Reason, marks
from webapp.domain.coping import Told, Use, told
from webapp.domain.notices import last_day_soon
from webapp.domain.pauses import Pause, is_paused
from webapp.domain.periods import cadence_period
from webapp.domain.scores import Mark
from webapp.domain.sharing import Rights, Scope
from webapp.domain.wall_time import local_day, start_of_day
from webapp.models import (
    ActionStep,
    CarePlan,
    CheckIn,
    Commitment,
    CopingStrategy,
    CopingUse,
    Delivery,
    Person,
    PlanChange,
    Reminder,
    ReminderOccurrence,
    TeamMember,
)
from webapp.models.base import Id
from webapp.queries import agenda, cadences, check_ins, sessions
from webapp.queries.access import ClientAccess
from webapp.queries.agenda import Item
from webapp.queries.plan_changes import ABOUT_SUBSTANCE_USE, COPING_NOUNS, LEFT_OUT, as_told, reach_parameters
from webapp.queries.privacy import PRIVATE
from webapp.queries.sessions import Meetings
from webapp.queries.steps import WORDS

WORDS_SHOWN = 12
CHANGES_SHOWN = 12
DOUBTFUL_SHOWN = 5
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class PlanDates:
    """The dates of the current plan. `version` counts the changes that are the reader's to see."""

    starts_on: date | None
    ends_on: date | None
    review_on: date | None
    version: int


@dataclass(frozen=True, slots=True)
class Change:
    """One change in the plan: who, when, what, why, and the values before and after."""

    at: datetime
    by_name: str
    noun: str
    what: str
    why: str | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class StepWeeks:
    """A step and its weeks. `kept` of `asked` is over closed periods, `count` over all of the window.

    `ends` is its last day, of a step in use that ends soon; `rests` the pause it is in today.
    """

    id: int
    words: str
    actor_kind: str
    who: str | None
    on_hold: bool
    rests: Pause | None
    cadence: Cadence | None
    weeks: tuple[WeekCounts, ...]
    kept: int
    asked: int
    count: int
    ends: date | None


@dataclass(frozen=True, slots=True)
class Words:
    """A reason or note in somebody's own words. `step` and `outcome` only where steps are shared too."""

    day: date
    by_name: str
    by_client: bool
    reason: str | None
    note: str | None
    step: str | None
    outcome: str | None


@dataclass(frozen=True, slots=True)
class StrategyUses:
    """What came of using a strategy; `told` has no numbers of distress where those are not shared."""

    text: str
    told: Told


@dataclass(frozen=True, slots=True)
class TwoVoices:
    """A day on which the client and the supporter said different things (outcome words)."""

    day: date
    client_said: str
    supporter_said: str


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What one supporter said about their promise, counted, and where the client says otherwise."""

    step: str
    supporter: str
    state: str
    happened: int
    moved: int
    not_happened: int
    differ: tuple[TwoVoices, ...]


@dataclass(frozen=True, slots=True)
class Doubtful:
    """A reminder nobody can be sure of: about which step, and on which of the client's days."""

    words: str
    day: date


@dataclass(frozen=True, slots=True)
class Reached:
    """What became of the client's reminders, each counted once: reached anywhere is reached."""

    sent: int
    in_doubt: int
    not_reached: int
    doubtful: tuple[Doubtful, ...] = ()

    @property
    def any(self) -> bool:
        return bool(self.sent or self.in_doubt or self.not_reached)


@dataclass(frozen=True, slots=True)
class BeforeSession:
    """The whole page, on the client's day `today`, telling from the client's day `since` on."""

    today: date
    since: date
    shortened: bool
    """The last session lies further back than the page tells."""
    meetings: Meetings
    weeks: tuple[date, ...]
    agenda: tuple[Item, ...] | None
    plan: PlanDates | None
    plan_shared: bool
    changes: tuple[Change, ...] | None
    steps: tuple[StepWeeks, ...] | None
    words: tuple[Words, ...] | None
    coping: tuple[StrategyUses, ...] | None
    distress_shared: bool
    confirmed: tuple[Confirmed, ...] | None
    reached: Reached | None
    looks: tuple[NeedsLook, ...] | None
    win: Win | None


_CLIENT = bindparam("client_id", type_=Id)
# A version that counts up with nothing to see would tell of a change that is not shared.
_UNSEEN = (
    select(func.count())
    .select_from(PlanChange)
    .where(
        PlanChange.plan_id == CarePlan.id,
        or_(
            and_(ABOUT_SUBSTANCE_USE, ~bindparam("private", type_=Boolean)),
            and_(PlanChange.noun.in_(COPING_NOUNS), ~bindparam("coping", type_=Boolean)),
            LEFT_OUT,
        ),
    )
    .correlate(CarePlan)
    .scalar_subquery()
)
_PLAN = (
    select(
        CarePlan.starts_on,
        CarePlan.ends_on,
        CarePlan.review_on,
        (CarePlan.version - _UNSEEN).label("version"),
        PlanChange.at,
        Person.name,
        PlanChange.noun,
        PlanChange.what,
        PlanChange.why,
        PlanChange.before,
        PlanChange.after,
        ABOUT_SUBSTANCE_USE.label("private"),
        LEFT_OUT.label("left_out"),
    )
    .outerjoin(PlanChange, (PlanChange.plan_id == CarePlan.id) & (PlanChange.at >= bindparam("since")))
    .outerjoin(Person, Person.id == PlanChange.by_id)
    .where(CarePlan.client_id == _CLIENT, CarePlan.ended_at.is_(None))
    .order_by(CarePlan.id.desc(), PlanChange.at.desc(), PlanChange.id.desc())
)
_STEPS = (
    select(
        ActionStep.id,
        WORDS.label("words"),
        ActionStep.actor_kind,
        ActionStep.status,
        PRIVATE.label("substance_use"),
        func.coalesce(Person.name, TeamMember.name).label("who"),
        Commitment.supporter_id,
        Commitment.state.label("promise"),
    )
    .outerjoin(TeamMember, TeamMember.id == ActionStep.team_member_id)
    .outerjoin(Commitment, (Commitment.step_id == ActionStep.id) & (Commitment.state != "ended"))
    .outerjoin(Person, Person.id == Commitment.supporter_id)
    .where(ActionStep.client_id == _CLIENT, ActionStep.status != "suggested")
    .order_by(ActionStep.position, ActionStep.id, Commitment.id)
)
_CHECK_INS = (
    select(
        *check_ins.COLUMNS,
        Person.called,
        WORDS.label("words"),
        PRIVATE.label("substance_use"),
    )
    .join(Person, Person.id == CheckIn.by_id)
    .join(ActionStep, ActionStep.id == CheckIn.step_id)
    .where(
        CheckIn.client_id == _CLIENT,
        CheckIn.undone_at.is_(None),
        or_(CheckIn.day >= bindparam("since"), CheckIn.step_id.in_(bindparam("whole", expanding=True))),
    )
    .order_by(CheckIn.day, CheckIn.at, CheckIn.id)
)
_USES = (
    select(
        CopingStrategy.id,
        CopingStrategy.text,
        CopingStrategy.substance_use,
        CopingUse.before,
        CopingUse.after,
        CopingUse.helped,
    )
    .join(CopingUse, CopingUse.strategy_id == CopingStrategy.id)
    .where(CopingUse.client_id == _CLIENT, CopingUse.day >= bindparam("since"))
    .order_by(CopingStrategy.position, CopingStrategy.id, CopingUse.at)
)
_SENT, _IN_DOUBT, _NOT_REACHED = 3, 2, 1
_BEST = func.max(case({"sent": _SENT, "unknown": _IN_DOUBT, "failed": _NOT_REACHED}, value=Delivery.state, else_=0))
_REACHED = (
    select(
        ReminderOccurrence.day,
        ActionStep.id.label("step_id"),
        WORDS.label("words"),
        PRIVATE.label("substance_use"),
        _BEST.label("best"),
    )
    .select_from(Delivery)
    .join(ReminderOccurrence, ReminderOccurrence.id == Delivery.occurrence_id)
    .join(Reminder, Reminder.id == ReminderOccurrence.reminder_id)
    .join(ActionStep, ActionStep.id == Reminder.step_id)
    .where(
        Delivery.person_id == _CLIENT,
        Delivery.client_id == _CLIENT,
        Delivery.due_at >= bindparam("since"),
        Delivery.due_at <= bindparam("now"),
    )
    .group_by(ReminderOccurrence.id, ReminderOccurrence.day, ActionStep.id)
    .order_by(ReminderOccurrence.day.desc(), ReminderOccurrence.id.desc())
)


def before_session(connection: Connection, access: ClientAccess, care_team_id: int, now: datetime) -> BeforeSession:
    """Gather what this care-team member may see of a client since their last session."""
    rights = access.rights
    today = local_day(now, access.time_zone, access.day_starts_at)
    meetings = sessions.together(connection, access.client_id, care_team_id, now)
    last = local_day(meetings.last.starts_at, access.time_zone, access.day_starts_at) if meetings.last else None
    furthest = window(None, None, today, access.week_starts_on)
    since_instant = start_of_day(max(last or furthest, furthest), access.time_zone, access.day_starts_at)
    plan, changes = _plan(connection, access, since_instant)
    since = window(last, plan.starts_on if plan else None, today, access.week_starts_on)
    weeks = weeks_of(since, today, access.week_starts_on)
    record = _Record(connection, access, today, since, weeks)
    coping = _coping(connection, access, since)
    reached = _reached(connection, access, since, now)
    stories = record.stories()
    return BeforeSession(
        today=today,
        since=since,
        shortened=last is not None and last < since,
        meetings=meetings,
        weeks=weeks,
        agenda=agenda.open_items(connection, access.client_id, rights) if rights.sees(Scope.AGENDA) else None,
        plan=plan,
        plan_shared=rights.sees(Scope.PLAN),
        changes=changes,
        steps=record.steps,
        words=record.words,
        coping=coping,
        distress_shared=rights.sees(Scope.DISTRESS),
        confirmed=record.confirmed(),
        reached=reached,
        looks=_looks(rights, record, stories, coping, reached),
        win=win(stories),
    )


def _plan(
    connection: Connection, access: ClientAccess, since: datetime
) -> tuple[PlanDates | None, tuple[Change, ...] | None]:
    """The current plan's dates and its changes since an instant. One query."""
    if not access.rights.sees(Scope.PLAN):
        return None, None
    own = {"client_id": access.client_id, "since": since, "coping": access.rights.sees(Scope.COPING)}
    parameters = own | reach_parameters(access.rights)
    rows = list(connection.execute(_PLAN, parameters))
    if not rows:
        return None, ()
    seen = [row for row in rows if row.at and _may_see_change(access.rights, row)]
    return PlanDates(*rows[0][:4]), tuple(as_told(Change(*row[4:11])) for row in seen[:CHANGES_SHOWN])


def _may_see_change(rights: Rights, row: Any) -> bool:
    scope = Scope.COPING if row.noun in COPING_NOUNS else Scope.PLAN
    return not row.left_out and rights.sees(scope, row.private)


class _Record:
    """Steps and what was said about them; asks the database only for what is shared."""

    def __init__(
        self, connection: Connection, access: ClientAccess, today: date, since: date, weeks: tuple[date, ...]
    ) -> None:
        self.access, self.today, self.since, self.weeks = access, today, since, weeks
        self.shared = access.rights.sees(Scope.STEPS)
        self.rows = list(connection.execute(_STEPS, {"client_id": access.client_id})) if self.shared else []
        self.rows = [row for row in self.rows if access.rights.sees(Scope.STEPS, row.substance_use, row.id)]
        self.versions = cadences.of_client(connection, access.client_id) if self.shared else {}
        self.pauses = cadences.pauses(connection, access.client_id) if self.shared else None
        self.said = self._said(connection)
        self.by_step: defaultdict[int, list[Any]] = defaultdict(list)
        for row in self.said:
            self.by_step[row.step_id].append(row)
        self.steps = self._steps() if self.shared else None
        self.words = self._words() if access.rights.sees(Scope.NOTES) else None

    def _said(self, connection: Connection) -> list[Any]:
        """Check-ins since the first period of the window began; all of a step that is done once."""
        rights = self.access.rights
        if not (self.shared or rights.sees(Scope.NOTES)):
            return []
        starts = [
            cadence_period(version, self.since, self.access.week_starts_on).start
            for versions in self.versions.values()
            for version in versions
        ]
        whole = [step for step, versions in self.versions.items() if any(v.kind is Kind.ONCE for v in versions)]
        parameters = {
            "client_id": self.access.client_id,
            "since": min([self.since, self.weeks[0], *starts]),
            "whole": whole,
        }
        rows = connection.execute(_CHECK_INS, parameters)
        return [row for row in rows if self._sees(Scope.STEPS, row) or self._sees(Scope.NOTES, row)]

    def _sees(self, scope: Scope, row: Any) -> bool:
        """Whether a record of this kind on a step, or what was said about it, is theirs to see."""
        return self.access.rights.sees(scope, row.substance_use, row.step_id)

    def _steps(self) -> tuple[StepWeeks, ...]:
        made = {row.id: self._step(row) for row in self.rows}
        wanted = {row.id for row in self.rows if self._listed(row)}
        return tuple(step for step in made.values() if step.id in wanted or step.count)

    def _listed(self, row: Any) -> bool:
        """Professional steps and ended ones are listed only when somebody recorded something."""
        return row.actor_kind != "professional" and row.status in ("active", "on_hold")

    def _step(self, row: Any) -> StepWeeks:
        versions = self.versions.get(row.id, ())
        found, told_so = self._told(row.id)
        weeks = week_counts(told_so, found, self.weeks)
        return StepWeeks(
            id=row.id,
            words=row.words,
            actor_kind=row.actor_kind,
            who=row.who if row.actor_kind != "self" else None,
            on_hold=row.status == "on_hold",
            rests=next((one for one in self._pauses(row.id) if one.covers(self.today)), None),
            cadence=version_or_last(versions, self.today),
            weeks=weeks,
            kept=told_so.kept,
            asked=told_so.asked,
            count=sum(week.count for week in weeks),
            ends=last_day_soon(versions, self.today) if row.status == "active" else None,
        )

    def _told(self, step_id: int) -> tuple[tuple[Mark, ...], Adherence]:
        versions = self.versions.get(step_id, ())
        found = marks((check_ins.from_row(row) for row in self.by_step[step_id]), versions)
        pauses, starts = self._pauses(step_id), self.access.week_starts_on
        return found, adherence(versions, pauses, found, self.today, starts, since=self.since)

    def _pauses(self, step_id: int) -> tuple[Pause, ...]:
        return self.pauses.of(step_id) if self.pauses else ()

    def stories(self) -> tuple[StepStory, ...]:
        """The client's own steps, for the rules; a reason is used only where reasons are shared."""
        own = [row for row in {row.id: row for row in self.rows}.values() if row.actor_kind == "self"]
        return tuple(self._story(row) for row in own if row.status == "active")

    def _story(self, row: Any) -> StepStory:
        notes = self.access.rights.sees(Scope.NOTES, row.substance_use, row.id)
        said = [check_in for check_in in self.by_step[row.id] if check_in.day >= self.since]
        no_longer = any(check_in.reason == Reason.NO_LONGER_FITS for check_in in said)
        return StepStory(row.words, self._told(row.id)[1], notes and no_longer)

    def quiet_days(self) -> int | None:
        """Days without any record by the client, at the longest since the window began; None while all rests."""
        asked = any(self._listed(row) for row in self.rows)
        if not asked or self.pauses is None or is_paused(self.today, self.pauses.everything):
            return None
        own = self.access.client_id
        theirs = [row for row in self.said if row.by_id == own and self._sees(Scope.STEPS, row)]
        days: list[date] = [row.day for row in theirs if row.day <= self.today]
        return (self.today - max([*days, self.since])).days

    def _words(self) -> tuple[Words, ...]:
        said = [row for row in self.said if (row.reason or row.note) and row.day >= self.since]
        told_so = [row for row in said if self._sees(Scope.NOTES, row)]
        return tuple(
            Words(
                day=row.day,
                by_name=row.called,
                by_client=row.by_id == self.access.client_id,
                reason=row.reason,
                note=row.note,
                step=row.words if self._sees(Scope.STEPS, row) else None,
                outcome=row.outcome if self._sees(Scope.STEPS, row) else None,
            )
            for row in reversed(told_so[-WORDS_SHOWN:])
        )

    def confirmed(self) -> tuple[Confirmed, ...] | None:
        """What each supporter said about each promise of theirs since the window began."""
        if not self.shared:
            return None
        return tuple(self._confirmed(row) for row in self.rows if row.supporter_id is not None)

    def _confirmed(self, row: Any) -> Confirmed:
        said = [check_in for check_in in self.by_step[row.id] if check_in.day >= self.since]
        theirs = [check_in for check_in in said if check_in.by_id == row.supporter_id]
        own = {(c.day, c.slot): c for c in said if c.by_id == self.access.client_id}
        pairs = [(own[c.day, c.slot], c) for c in theirs if (c.day, c.slot) in own]
        return Confirmed(
            step=row.words,
            supporter=row.who,
            state=row.promise,
            happened=sum(c.outcome in ("done", "some") for c in theirs),
            moved=sum(c.outcome == "not_today" and c.moved_to is not None for c in theirs),
            not_happened=sum(c.outcome == "not_today" and c.moved_to is None for c in theirs),
            differ=tuple(TwoVoices(c.day, mine.outcome, c.outcome) for mine, c in pairs if mine.outcome != c.outcome),
        )


def _coping(connection: Connection, access: ClientAccess, since: date) -> tuple[StrategyUses, ...] | None:
    """Strategies used since a day, with what came of it. One query."""
    if not access.rights.sees(Scope.COPING):
        return None
    numbers = access.rights.sees(Scope.DISTRESS)
    uses: defaultdict[tuple[int, str], list[Use]] = defaultdict(list)
    for row in connection.execute(_USES, {"client_id": access.client_id, "since": since}):
        if access.rights.sees(Scope.COPING, row.substance_use):
            before, after = (row.before, row.after) if numbers else (None, None)
            uses[row.id, row.text].append(Use(before, after, row.helped))
    return tuple(StrategyUses(text, told(found)) for (_id, text), found in uses.items())


def _reached(connection: Connection, access: ClientAccess, since: date, now: datetime) -> Reached | None:
    """What became of the client's reminders since a day. One query."""
    if not access.rights.sees(Scope.STEPS):
        return None
    begins = start_of_day(since, access.time_zone, access.day_starts_at)
    asked = {"client_id": access.client_id, "since": begins, "now": now}
    rows = [
        row
        for row in connection.execute(_REACHED, asked)
        if access.rights.sees(Scope.STEPS, row.substance_use, row.step_id)
    ]
    count = Counter(row.best for row in rows)
    doubtful = [Doubtful(row.words, row.day) for row in rows if row.best == _IN_DOUBT]
    return Reached(count[_SENT], count[_IN_DOUBT], count[_NOT_REACHED], tuple(doubtful[:DOUBTFUL_SHOWN]))


def _looks(
    rights: Rights,
    record: _Record,
    stories: tuple[StepStory, ...],
    coping: tuple[StrategyUses, ...] | None,
    reached: Reached | None,
) -> tuple[NeedsLook, ...] | None:
    """Needs a look, from what is shared; None when neither steps nor coping are."""
    if not (rights.sees(Scope.STEPS) or rights.sees(Scope.COPING)):
        return None
    strategies = [(uses.text, uses.told) for uses in coping or ()]
    return needs_look(stories, record.quiet_days(), strategies, reached.not_reached if reached else 0)
