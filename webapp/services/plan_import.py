"""Make a client's plan of a plan file. Nothing in the file is dropped; what has no place is kept and listed."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.domain.coping import MOMENTS
from webapp.domain.sharing import OWN, Rights, Scope
from webapp.domain.wall_time import local_day
from webapp.interop.kept import kept
from webapp.interop.plan_cadences import TIMES_OF_DAY, of_step
from webapp.models import (
    ActionStep,
    Assignment,
    CarePlan,
    ClientInformation,
    Contact,
    CopingStrategy,
    Goal,
    Monitoring,
    Objective,
    Person,
    PlanLine,
    Sign,
    StepProgress,
    Support,
    SupporterLink,
    TeamMember,
)
from webapp.queries.care_plans import PRIVATE_HISTORY
from webapp.services import cadences, commitments, ending_plans, plan_changes, plan_export
from webapp.services.care_plans import with_added

if TYPE_CHECKING:
    from webapp.interop import plan_facts

GOAL_STATUS = {
    "achieved": "reached", "completed": "reached", "met": "reached", "reached": "reached",
    "on_hold": "on_hold", "on-hold": "on_hold", "paused": "on_hold", "planned": "on_hold", "proposed": "on_hold",
    "draft": "on_hold", "not-started": "on_hold", "stopped": "ended", "cancelled": "ended", "revoked": "ended",
    "rejected": "ended", "retired": "ended", "ended": "ended",
}  # fmt: skip
STEP_STATUS = {
    "completed": "completed", "done": "completed", "on_hold": "on_hold", "on-hold": "on_hold", "paused": "on_hold",
    "planned": "on_hold", "draft": "on_hold", "not-started": "on_hold", "suggested": "suggested",
    "proposed": "suggested", "stopped": "retired", "cancelled": "retired", "revoked": "retired", "rejected": "retired",
    "ended": "retired", "retired": "retired",
}  # fmt: skip
LISTS = (
    "team", "concerns", "goals", "unlinked_steps", "coping", "triggers", "warning_signs", "supports", "monitoring",
    "review",
)  # fmt: skip
ABOUT_PERSON = ("stage_of_change", "cultural_preferences", "history", "earlier_treatment", "substance_use_history")
OBJECTS = ("person", "period", "crisis")

M = TypeVar("M")
Tell = Callable[[int, int], None]
"""Is told how many steps are written, and of how many."""


def unheard(_done: int, _of: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Something of the file that is kept with the plan but has no place of its own, and why."""

    place: str
    why: str


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What came in, by noun, and what has no place."""

    plan_id: int
    counts: dict[str, int]
    kept_without_place: tuple[Kept, ...]
    ended_a_plan: bool

    def in_words(self) -> str:
        """Say it in lines, for the command line."""
        counted = ", ".join(f"{number} {noun.replace('_', ' ')}" for noun, number in self.counts.items() if number)
        lines = [f"imported: {counted or 'an empty plan'}"]
        if self.ended_a_plan:
            lines.append("the plan before it was ended and stays in the history")
        lines += [f"kept, but has no place of its own: {item.place} ({item.why})" for item in self.kept_without_place]
        return "\n".join(lines)


def import_plan(
    session: Session,
    actor_id: int,
    client_id: int,
    facts: "plan_facts.PlanFacts",
    now: datetime,
    rights: Rights,
    tell: Tell = unheard,
) -> ImportReport:
    """Make `facts` the client's current plan; one they have is ended and stays in the history.

    What `rights` don't let the actor see goes on as it was, in the new plan; of a client who has not joined yet,
    that is nothing, for whoever draws up the plan wrote all of it.

    Nothing in a plan counts before it is in Cairn, so the cadences hold from the client's today.
    """
    client = session.get_one(Person, client_id)
    today = local_day(now, client.time_zone, client.day_starts_at)
    rights = rights if client.joined_at else OWN
    before = ending_plans.end_current(session, client_id, actor_id, rights, today, now)
    made = _Import(session, actor_id, client, facts, now, today, rights, before.plan_id if before else None, tell)
    made.write()
    made.keep_what_was_said()
    if before:
        ending_plans.carry_over(session, before, made.plan.id)
    plan_changes.remember(
        session,
        made.plan,
        actor_id,
        "plan",
        made.plan.id,
        "imported",
        before.facts if before else None,
        {"vision": made.plan.vision},
        now,
        substance_use=before.substance_use if before else False,
    )
    made.ask_supporters()
    return ImportReport(made.plan.id, made.counts(), tuple(made.notes), before is not None)


@dataclass
class _Import:
    """One import under way: the rows made so far, each with what the file said of it."""

    session: Session
    actor_id: int
    client: Person
    facts: "plan_facts.PlanFacts"
    now: datetime
    today: date
    rights: Rights
    ended_plan_id: int | None
    tell: Tell
    notes: list[Kept] = field(default_factory=list)
    rows: dict[str, list[Any]] = field(default_factory=dict)
    team: dict[str, TeamMember] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.number = sum(1 for _ in self.facts.steps())

    def write(self) -> None:
        facts, period = self.facts, self.facts.period
        self.plan = self._add(
            "plan",
            CarePlan(
                client_id=self.client.id,
                vision=facts.person.vision,
                starts_on=period.start,
                ends_on=period.end,
                review_on=_said_day(period, "review_on"),
                note=facts.note,
                source=facts.source,
                created_by_id=self.actor_id,
                created_at=self.now,
            ),
        )
        self._information()
        for position, member in enumerate(facts.team):
            self._member(position, member)
        self._lines("strength", facts.person.strengths)
        self._lines("preference", facts.person.preferences)
        self._lines("concern", facts.concerns)
        self._lines("crisis_step", facts.crisis.steps)
        self._lines("review", facts.review)
        for position, goal in enumerate(facts.goals):
            self._goal(position, goal)
        for position, step in enumerate(facts.unlinked_steps):
            self._step(position, step, None, f"unlinked_steps[{position}]")
        self._signs()
        for position, strategy in enumerate(facts.coping):
            self._strategy(position, strategy)
        for position, contact in enumerate(facts.crisis.contacts):
            self._contact(position, contact)
        for position, support in enumerate(facts.supports):
            values = {"name": support.name, "kind": support.kind, "relation": support.relation} | _marked(support)
            self._in_plan("support", Support, position, **values)
        for position, sign in enumerate(facts.monitoring):
            values = {"what": sign.what, "who": sign.who, "how_often": sign.how_often} | _marked(sign)
            self._in_plan("monitoring", Monitoring, position, **values)
        self.session.flush()

    def keep_what_was_said(self) -> None:
        """Compare what the file said with what our columns now tell, and keep the differences beside the rows."""
        facts, told = self.facts, plan_export.facts(self.session.connection(), self.client.id)
        inside = {"person": ("strengths", "preferences"), "period": (), "crisis": ("contacts", "steps")}
        self.plan.facts = {"plan": kept(_unmarked(facts.said), _unmarked(told), LISTS + OBJECTS)} | {
            name: kept(getattr(facts, name).said, told[name], inside[name])
            for name in OBJECTS
            if facts.said.get(name) is not None
        }
        self._keep("member", facts.team, told["team"])
        self._keep("goal", facts.goals, told["goals"], ("objectives", "steps"))
        pairs = list(zip(facts.goals, told["goals"], strict=True))
        objectives = [o for goal, _ in pairs for o in goal.objectives], [o for _, t in pairs for o in t["objectives"]]
        self._keep("objective", *objectives)
        steps = [step for _, step in facts.steps()]
        steps_told = [step for goal in told["goals"] for step in goal["steps"]] + told["unlinked_steps"]
        self._keep("step", steps, steps_told, ("progress",))
        self._keep("progress", [p for s in steps for p in s.progress], [p for s in steps_told for p in s["progress"]])
        self._keep("strategy", facts.coping, told["coping"][: len(facts.coping)])
        self._keep("support", facts.supports, told["supports"])
        self._keep("contact", facts.crisis.contacts, told["crisis"]["contacts"])
        self._keep("monitoring", facts.monitoring, told["monitoring"])
        self._list_unknown()
        self.session.flush()

    def ask_supporters(self) -> None:
        """Ask those supporters who are in the circle already for the steps the plan gives them."""
        for step in self.rows.get("step", []):
            member = next((m for m in self.team.values() if m.id == step.team_member_id), None)
            if step.actor_kind == "natural_supporter" and member and member.person_id:
                with suppress(commitments.NotAskable):
                    commitments.propose(
                        self.session, self.client.id, step.id, member.person_id, self.actor_id, self.now
                    )

    def counts(self) -> dict[str, int]:
        nouns = {
            "goals": "goal", "objectives": "objective", "steps": "step", "team": "member",
            "coping_strategies": "strategy", "triggers": "trigger", "warning_signs": "warning_sign",
            "supports": "support", "crisis_contacts": "contact", "monitoring": "monitoring",
            "strengths": "strength", "preferences": "preference", "concerns": "concern",
            "crisis_steps": "crisis_step", "reviews": "review", "progress_notes": "progress",
        }  # fmt: skip
        return {plural: len(self.rows.get(noun, ())) for plural, noun in nouns.items()}

    # One noun after the other

    def _information(self) -> None:
        person = self.facts.person
        information = self.session.get(ClientInformation, self.client.id)
        if information is None:
            information = ClientInformation(client_id=self.client.id)
            self.session.add(information)
        for name in ABOUT_PERSON:
            there, said = getattr(information, name), _said(person, name, str)
            if there is None:
                setattr(information, name, said)
            elif name == PRIVATE_HISTORY and said:
                setattr(information, name, with_added(there, said))
        if information.born is None:
            information.born = person.born
        elif person.born not in (None, information.born):
            self.notes.append(Kept("person.born", "the record holds another date of birth, which was not changed"))
        if person.name and person.name != self.client.name:
            self.notes.append(Kept("person.name", "the account has another name, which was not changed"))
        self.session.flush()

    def _member(self, position: int, member: "plan_facts.Member") -> None:
        made = self._in_plan(
            "member",
            TeamMember,
            position,
            ref=member.id,
            kind=member.kind,
            name=member.name,
            role=member.role,
            relation=member.relation,
            person_id=self._account(member),
        )
        if member.id is not None:
            self.team[member.id] = made

    def _account(self, member: "plan_facts.Member") -> int | None:
        """Find the account of somebody who works with or supports this client already, by their name."""
        works = select(Assignment.care_team_id).where(
            Assignment.client_id == self.client.id, Assignment.ended_at.is_(None)
        )
        supports = select(SupporterLink.supporter_id).where(
            SupporterLink.client_id == self.client.id,
            SupporterLink.ended_at.is_(None),
            SupporterLink.confirmed_at.is_not(None),
        )
        circle = works if member.kind == "professional" else supports
        people = self.session.scalars(select(Person).where(Person.id.in_(circle))).all()
        found = [person.id for person in people if member.name and _alike(person.name, member.name)]
        return found[0] if len(found) == 1 else None

    def _lines(self, kind: str, texts: Sequence[str]) -> None:
        for position, text in enumerate(texts):
            self._in_plan(kind, PlanLine, position, kind=kind, text=text, substance_use=self._is_marked(kind, text))

    def _is_marked(self, kind: str, text: str) -> bool:
        texts = (_said(self.facts, plan_export.MARK, dict) or {}).get(kind)
        return isinstance(texts, list) and text in texts

    def _goal(self, position: int, goal: "plan_facts.Goal") -> None:
        made = self._in_plan(
            "goal",
            Goal,
            position,
            ref=goal.id,
            statement=goal.statement,
            own_words=_said(goal, "own_words", str),
            status=GOAL_STATUS.get(goal.status or "active", "active"),
            priority=None if goal.priority is None else str(goal.priority),
            target_date=goal.target_date,
            importance=goal.importance_0_10,
            confidence=goal.confidence_0_10,
            attainment_scale=goal.attainment_scale,
            substance_use=_said(goal, "substance_use", bool) or False,
        )
        for number, objective in enumerate(goal.objectives):
            values = {"statement": objective.statement, "by": objective.by, "measure": objective.measure}
            row = Objective(client_id=self.client.id, goal_id=made.id, position=number, ref=objective.id, **values)
            self._add("objective", row)
        for number, step in enumerate(goal.steps):
            self._step(number, step, made, f"goals[{position}].steps[{number}]")

    def _step(self, position: int, step: "plan_facts.Step", goal: Goal | None, place: str) -> None:
        read = of_step(step, self.facts.period.start, self.today)
        member = self.team.get(step.actor_id or "")
        time_of_day = _said(step, "time_of_day", str)
        made = self._in_plan(
            "step",
            ActionStep,
            position,
            ref=step.id,
            goal_id=goal.id if goal else None,
            actor_kind=step.actor_kind,
            team_member_id=member.id if member else None,
            text=step.text,
            own_words=_said(step, "own_words", str),
            intervention=_said(step, "intervention", str),
            purpose=step.purpose,
            how_to=_said(step, "how_to", str),
            cue=_said(step, "cue", str),
            smallest=_said(step, "smallest", str),
            time_of_day=time_of_day if time_of_day in TIMES_OF_DAY else read.time_of_day,
            status=STEP_STATUS.get(step.status or "active", "active"),
            substance_use=bool(_said(step, "substance_use", bool) or (goal and goal.substance_use)),
            duration=step.duration.said if step.duration else None,
            created_by_id=self.actor_id,
            created_at=self.now,
        )
        cadences.append(self.session, made, read.cadence, self.actor_id, self.now, read.time_words)
        if step.duration and step.duration.type == "until" and not (read.cadence.valid_to or read.cadence.due):
            self.notes.append(Kept(f"{place}.duration.until", "kept in its words; it names no date to end on"))
        for number, remark in enumerate(step.progress):
            row = StepProgress(
                client_id=self.client.id, step_id=made.id, on=remark.date, text=remark.text, position=number
            )
            self._add("progress", row)
        self.tell(len(self.rows["step"]), self.number)

    def _signs(self) -> None:
        theirs = self.session.scalars(select(Sign).where(Sign.client_id == self.client.id).order_by(Sign.id))
        known = [row for row in theirs if not row.substance_use or self.rights.sees(Scope.COPING, substance_use=True)]
        said = [("trigger", t) for t in self.facts.triggers] + [("warning_sign", t) for t in self.facts.warning_signs]
        for position, (kind, text) in enumerate(said):
            sign = _take(known, lambda row, k=kind, t=text: row.kind == k and row.text == t)  # type: ignore[misc]
            sign = sign or Sign(client_id=self.client.id, kind=kind, text=text, substance_use=False)
            sign.plan_id, sign.position = self.plan.id, position
            self._add(kind, sign)
            if self._is_marked(kind, text) and not sign.substance_use:
                sign.substance_use = True
                plan_changes.hide(self.session, self.plan, kind, sign.id)

    def _strategy(self, position: int, strategy: "plan_facts.Coping") -> None:
        known = self.session.scalars(
            select(CopingStrategy)
            .where(
                CopingStrategy.client_id == self.client.id,
                CopingStrategy.retired_at.is_(None),
            )
            .order_by(CopingStrategy.id)
        )
        taken = self.rows.get("strategy", [])
        seen = [row for row in known if self.rights.sees(Scope.COPING, row.substance_use)]
        row = next((found for found in seen if found not in taken and found.text == strategy.text), None)
        if row is None:
            row = CopingStrategy(
                client_id=self.client.id,
                text=strategy.text,
                created_by_id=self.actor_id,
                created_at=self.now,
                substance_use=_said(strategy, "substance_use", bool) or False,
            )
        row.substance_use = row.substance_use or bool(_said(strategy, "substance_use", bool))
        row.category, row.cue = strategy.category, strategy.when
        row.how_to = _said(strategy, "how_to", str) or row.how_to
        moment = _said(strategy, "use_when", str)
        row.use_when = moment if moment in MOMENTS else _moment(strategy.when)
        row.plan_id, row.position, row.facts = self.plan.id, position, None
        self._add("strategy", row)

    def _contact(self, position: int, contact: "plan_facts.Contact") -> None:
        known = self.session.scalars(
            select(Contact).where(Contact.client_id == self.client.id, Contact.plan_id == self.ended_plan_id)
        )
        taken, told = self.rows.get("contact", []), (contact.what, contact.how)
        row = next((found for found in known if found not in taken and (found.name, found.how) == told), None)
        if row is None:
            row = Contact(client_id=self.client.id, name=contact.what, how=contact.how)
        number = contact.what if contact.what.replace(" ", "").replace("-", "").isdecimal() else None
        row.phone = _said(contact, "phone", str) or row.phone or number
        row.relation = _said(contact, "relation", str) or row.relation
        row.plan_id, row.position, row.facts = self.plan.id, position, None
        self._add("contact", row)

    # Rows, and what was said of them

    def _in_plan(self, noun: str, model: Callable[..., M], position: int, **values: Any) -> M:
        row = model(client_id=self.client.id, plan_id=self.plan.id, position=position, **values)
        return self._add(noun, row)

    def _add(self, noun: str, row: M) -> M:
        self.session.add(row)
        self.session.flush()
        self.rows.setdefault(noun, []).append(row)
        return row

    def _keep(
        self, noun: str, said: Sequence["plan_facts.Fact"], told: Sequence[dict[str, Any]], inside: Sequence[str] = ()
    ) -> None:
        for row, fact, tells in zip(self.rows.get(noun, []), said, told, strict=True):
            row.facts = kept(fact.said, tells, inside)

    def _list_unknown(self) -> None:
        from webapp.interop import plan_facts as pf

        words: dict[type[pf.Fact], Sequence[str]] = {
            pf.PlanFacts: ("schema", plan_export.MARK),
            pf.Person: ABOUT_PERSON,
            pf.Period: ("review_on",),
            pf.Goal: ("own_words", "substance_use"),
            pf.Step: ("own_words", "intervention", "how_to", "cue", "smallest", "time_of_day", "substance_use"),
            pf.Frequency: ("bound", "limit", "monthday", "nth", "due", "zone"),
            pf.Coping: ("how_to", "use_when", "substance_use"),
            pf.Contact: ("phone", "relation"),
            pf.Support: ("substance_use",),
            pf.Monitoring: ("substance_use",),
        }
        self.notes += [Kept(place, "no such field in Cairn") for place in pf.unknown(self.facts, words)]


def _said(fact: "plan_facts.Fact", key: str, kind: type[M]) -> M | None:
    """What the file says under one of our own further keys, if it is of the kind we mean by it."""
    value = fact.said.get(key)
    return value if isinstance(value, kind) and value != "" else None


def _marked(fact: "plan_facts.Fact") -> dict[str, bool]:
    return {"substance_use": _said(fact, "substance_use", bool) or False}


def _unmarked(facts: dict[str, Any]) -> dict[str, Any]:
    """Which texts are about substance use stands with each of them, and is not kept a second time."""
    return {key: value for key, value in facts.items() if key != plan_export.MARK}


def _said_day(fact: "plan_facts.Fact", key: str) -> date | None:
    try:
        return date.fromisoformat(_said(fact, key, str) or "")
    except ValueError:
        return None


def _alike(one: str, other: str) -> bool:
    return " ".join(one.casefold().split()) == " ".join(other.casefold().split())


def _take(rows: list[M], fits: Callable[[M], bool]) -> M | None:
    """Take the first row that fits out of the list."""
    found = next((row for row in rows if fits(row)), None)
    if found is not None:
        rows.remove(found)
    return found


def _moment(words: str | None) -> str:
    """Guess the moment a strategy is for from the plan's words; said nowhere, it is for every day."""
    words = (words or "").lower()
    if "crisis" in words or "emergency" in words:
        return "crisis"
    return "early_signs" if "early" in words or "warning" in words or "sign" in words else "everyday"
