"""A word of its own in every secret column of a database, and one row at least of every table that has any."""

from dataclasses import dataclass, field
from datetime import timedelta
from uuid import uuid4

from sqlalchemy import JSON, select, update
from sqlalchemy.orm import Session

from tests.support.cast import NOW, TODAY, Cast
from webapp.models import (
    AgendaItem,
    Base,
    CarePlan,
    CheckIn,
    ClientInformation,
    CommitmentEvent,
    CopingUse,
    Invitation,
    Monitoring,
    Objective,
    Passkey,
    Pause,
    PlanChange,
    PlanLine,
    Sign,
    SignIn,
    StepProgress,
    Support,
)
from webapp.models.fields import FOUND_BY_HASH, SECRET
from webapp.models.secret import key_of


@dataclass
class Canaries:
    """Words that nobody else writes; `of` says which stands where."""

    of: dict[str, str] = field(default_factory=dict)

    def new(self, place: str) -> str:
        """Make one; in an address of a mail it may stand, too."""
        self.of[place] = f"canary{uuid4().hex}"
        return self.of[place]

    def found_in(self, content: bytes | str) -> list[str]:
        """Where those come from that stand in a text, in any case and however it is encoded."""
        raw = (content.encode() if isinstance(content, str) else content).lower()
        return [place for place, word in self.of.items() if word.encode() in raw or word.encode("utf-16-le") in raw]


def plant(session: Session, cast: Cast, canaries: Canaries) -> None:
    """Put a canary in every secret column, and in what is found by its hash."""
    session.add_all(_rows(cast))
    session.flush()
    for table in Base.metadata.sorted_tables:
        names = SECRET.get(table.name, "").split()
        if not names:
            continue
        key = key_of(table)
        row = session.execute(select(key).order_by(key).limit(1)).scalar_one()
        values = {
            name: {"deep": [canaries.new(f"{table.name}.{name}")]}
            if isinstance(table.c[name].type, JSON)
            else canaries.new(f"{table.name}.{name}")
            for name in names
        }
        if table.name in FOUND_BY_HASH:
            values[FOUND_BY_HASH[table.name]] = canaries.new(f"{table.name} by hash")
        session.connection().execute(update(table).where(key == row).values(values))


def _rows(cast: Cast) -> list[object]:
    of, then = {"client_id": cast.clara}, NOW - timedelta(days=3)
    return [
        AgendaItem(text="", created_at=then, **of),
        CarePlan(created_by_id=cast.theo, created_at=then, ended_at=then, **of),
        CheckIn(step_id=cast.walk, by_id=cast.clara, op_id=str(uuid4()), day=TODAY, outcome="done", at=then, **of),
        ClientInformation(**of),
        CommitmentEvent(commitment_id=cast.promise, by_id=cast.sam, at=then, verb="accept", **of),
        CopingUse(strategy_id=cast.breathing, op_id=str(uuid4()), at=then, day=TODAY, **of),
        Invitation(role="supporter", person_id=cast.nora, name="", email="", token_hash="t", invited_by_id=cast.clara,
                   created_at=then, expires_at=NOW, **of),
        Monitoring(plan_id=cast.plan, what="", **of),
        Objective(goal_id=cast.goal, statement="", **of),
        Passkey(person_id=cast.clara, credential=b"c", public_key=b"p", uses=0, name="", created_at=then),
        Pause(step_id=cast.walk, starts_on=TODAY - timedelta(days=9), ends_on=TODAY - timedelta(days=8),
              created_at=then, **of),
        PlanChange(plan_id=cast.plan, by_id=cast.theo, at=then, noun="step", noun_id=cast.walk, what="changed", **of),
        PlanLine(plan_id=cast.plan, kind="strength", text="", **of),
        Sign(kind="trigger", text="", **of),
        SignIn(person_id=cast.clara, token_hash="s", device="", created_at=then, expires_at=NOW + timedelta(days=9)),
        StepProgress(step_id=cast.walk, text="", **of),
        Support(plan_id=cast.plan, **of),
    ]  # fmt: skip
