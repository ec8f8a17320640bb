"""A client's strategies with what came of them, triggers and warning signs."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, bindparam, select

from webapp.domain.coping import IN_HAND, MOMENTS, Told, Use, help_order, told
from webapp.models import CopingStrategy, CopingUse, Sign, StrategySign
from webapp.models.base import Id


@dataclass(frozen=True, slots=True)
class SignLine:
    """A trigger or warning sign in the person's words."""

    id: int
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Strategy:
    """A strategy with the signs it helps with and what its uses say."""

    id: int
    text: str
    use_when: str
    cue: str | None
    how_to: str | None
    category: str | None
    own: bool
    substance_use: bool
    signs: tuple[SignLine, ...]
    told: Told


@dataclass(frozen=True, slots=True)
class Coping:
    """Strategies by the moment they are for, what helped most first; and every sign, linked or not."""

    by_moment: dict[str, tuple[Strategy, ...]]
    signs: tuple[SignLine, ...]

    @property
    def any(self) -> bool:
        return any(self.by_moment.values())


@dataclass(frozen=True, slots=True)
class UseInHand:
    """A use that was begun, with its strategy's words."""

    strategy_id: int
    op_id: str
    at: datetime
    day: date
    before: int | None
    after: int | None
    helped: str | None
    note: str | None
    ended_at: datetime | None
    text: str
    how_to: str | None


_OF_CLIENT = bindparam("client_id", type_=Id)
_STRATEGIES = (
    select(
        CopingStrategy.id,
        CopingStrategy.text,
        CopingStrategy.use_when,
        CopingStrategy.cue,
        CopingStrategy.how_to,
        CopingStrategy.category,
        CopingStrategy.own,
        CopingStrategy.substance_use,
        CopingStrategy.position,
    )
    .where(CopingStrategy.client_id == _OF_CLIENT, CopingStrategy.retired_at.is_(None))
    .order_by(CopingStrategy.position, CopingStrategy.id)
)
_SIGNS = (
    select(Sign.id, Sign.kind, Sign.text, StrategySign.strategy_id)
    .outerjoin(StrategySign, StrategySign.sign_id == Sign.id)
    .where(Sign.client_id == _OF_CLIENT)
    .order_by(Sign.kind, Sign.position, Sign.id)
)
_USES = select(CopingUse.strategy_id, CopingUse.before, CopingUse.after, CopingUse.helped).where(
    CopingUse.client_id == _OF_CLIENT
)
_IS_PRIVATE = select(CopingStrategy.substance_use).where(
    CopingStrategy.client_id == _OF_CLIENT, CopingStrategy.id == bindparam("strategy_id")
)
_CRISIS = _STRATEGIES.where(CopingStrategy.use_when == "crisis")
_USE = (
    select(
        CopingUse.strategy_id,
        CopingUse.op_id,
        CopingUse.at,
        CopingUse.day,
        CopingUse.before,
        CopingUse.after,
        CopingUse.helped,
        CopingUse.note,
        CopingUse.ended_at,
        CopingStrategy.text,
        CopingStrategy.how_to,
    )
    .join(CopingStrategy, CopingStrategy.id == CopingUse.strategy_id)
    .where(CopingUse.client_id == _OF_CLIENT)
)
_THE_USE = _USE.where(CopingUse.op_id == bindparam("op_id"))
_LAST_USE = _USE.where(CopingUse.at >= bindparam("since")).order_by(CopingUse.at.desc(), CopingUse.id.desc()).limit(1)


def of_client(connection: Connection, client_id: int) -> Coping:
    """Everything the Coping screen shows of a client. Three queries."""
    parameters = {"client_id": client_id}
    signs, linked = _signs(connection, client_id)
    uses: defaultdict[int, list[Use]] = defaultdict(list)
    for row in connection.execute(_USES, parameters):
        uses[row.strategy_id].append(Use(row.before, row.after, row.helped))
    rows = sorted(connection.execute(_STRATEGIES, parameters), key=lambda row: help_order(uses[row.id], row.position))
    made = [
        Strategy(*row[:8], signs=tuple(linked.get(row.id, ())), told=told(uses[row.id]))  # all but the position
        for row in rows
    ]
    return Coping({moment: tuple(s for s in made if s.use_when == moment) for moment in MOMENTS}, signs)


def crisis_strategies(connection: Connection, client_id: int) -> tuple[tuple[str, str | None], ...]:
    """The words and how-to of what a client does in a crisis. One query."""
    return tuple((row.text, row.how_to) for row in connection.execute(_CRISIS, {"client_id": client_id}))


def strategy(connection: Connection, client_id: int, strategy_id: int) -> Strategy | None:
    """One strategy of a client that is on the list. Three queries."""
    found = of_client(connection, client_id).by_moment.values()
    return next((one for moment in found for one in moment if one.id == strategy_id), None)


def signs_of(connection: Connection, client_id: int) -> tuple[SignLine, ...]:
    """All triggers and warning signs of a client. One query."""
    return _signs(connection, client_id)[0]


def use(connection: Connection, client_id: int, op_id: str) -> UseInHand | None:
    """A use of the client's own. One query."""
    row = connection.execute(_THE_USE, {"client_id": client_id, "op_id": op_id}).one_or_none()
    return UseInHand(**row._mapping) if row else None


def use_in_hand(connection: Connection, client_id: int, now: datetime) -> UseInHand | None:
    """Find the use that a client began last (`now` is aware), unless they said how it went. One query."""
    row = connection.execute(_LAST_USE, {"client_id": client_id, "since": now - IN_HAND}).one_or_none()
    return UseInHand(**row._mapping) if row and row.ended_at is None else None


def _signs(connection: Connection, client_id: int) -> tuple[tuple[SignLine, ...], dict[int, list[SignLine]]]:
    signs: dict[int, SignLine] = {}
    linked: defaultdict[int, list[SignLine]] = defaultdict(list)
    for row in connection.execute(_SIGNS, {"client_id": client_id}):
        sign = signs.setdefault(row.id, SignLine(row.id, row.kind, row.text))
        if row.strategy_id is not None:
            linked[row.strategy_id].append(sign)
    return tuple(signs.values()), linked


def is_private(connection: Connection, client_id: int, strategy_id: int) -> bool | None:
    """Say whether a strategy, retired or not, is about substance use; None when the client has no such strategy."""
    return connection.execute(_IS_PRIVATE, {"client_id": client_id, "strategy_id": strategy_id}).scalar_one_or_none()
