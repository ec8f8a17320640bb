"""Keep the strategies that help, and each use of one."""

from collections.abc import Collection
from contextlib import suppress
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from webapp.domain.ops import OpKind, Tap
from webapp.models import CopingStrategy, CopingUse, Sign, StrategySign
from webapp.services import ops, plan_changes
from webapp.services.ops import Heard

NOUN = "coping_strategy"
FIELDS = ("text", "use_when", "cue", "how_to", "category")


class OffTheList(Exception):
    """The strategy had been taken off the list before."""


def add_strategy(
    session: Session,
    client_id: int,
    by_id: int,
    text: str,
    use_when: str = "everyday",
    *,
    cue: str | None = None,
    how_to: str | None = None,
    category: str | None = None,
    substance_use: bool = False,
    sign_ids: Collection[int] = (),
    position: int = 0,
    now: datetime,
) -> int:
    """Add a strategy to a client's list and return its id; one the client adds is their own."""
    strategy = CopingStrategy(
        client_id=client_id,
        text=text,
        use_when=use_when,
        cue=cue,
        how_to=how_to,
        category=category,
        substance_use=substance_use,
        own=by_id == client_id,
        position=position,
        created_by_id=by_id,
        created_at=now,
    )
    session.add(strategy)
    session.flush()
    _link(session, strategy, sign_ids)
    _remember(session, strategy, by_id, "added", None, _facts(strategy), now)
    return strategy.id


def edit_strategy(
    session: Session,
    client_id: int,
    strategy_id: int,
    by_id: int,
    *,
    now: datetime,
    sign_ids: Collection[int] | None = None,
    offered: Collection[int] | None = None,
    **changes: Any,
) -> None:
    """Change the given fields (text, use_when, cue, how_to, category) and, where given, the linked signs.

    Of the signs only those `offered` to whoever changes it, where not all were: links with others stay.
    Raises LookupError when the client has no such strategy.
    """
    strategy = _own(session, client_id, strategy_id)
    before, private = _facts(strategy), strategy.substance_use
    for field in FIELDS:
        if field in changes:
            setattr(strategy, field, changes[field])
    if "substance_use" in changes:
        strategy.substance_use = changes["substance_use"]
    if sign_ids is not None:
        _link(session, strategy, sign_ids, offered)
    session.flush()
    if _facts(strategy) != before:
        _remember(session, strategy, by_id, "changed", before, _facts(strategy), now, private)


def retire_strategy(session: Session, client_id: int, strategy_id: int, by_id: int, now: datetime) -> None:
    """Take a strategy off the list; its uses stay. Raises LookupError as above."""
    strategy = _own(session, client_id, strategy_id)
    if strategy.retired_at is None:
        strategy.retired_at = now
        session.flush()
        _remember(session, strategy, by_id, "retired", _facts(strategy), None, now)


def bring_back(session: Session, client_id: int, strategy_id: int, by_id: int, now: datetime) -> None:
    """Put a retired strategy on the list again. Raises LookupError as above."""
    strategy = _own(session, client_id, strategy_id)
    if strategy.retired_at is not None:
        strategy.retired_at = None
        session.flush()
        _remember(session, strategy, by_id, "brought_back", None, _facts(strategy), now)


def start_use(
    session: Session, client_id: int, strategy_id: int, tap: Tap, before: int | None, day: date, now: datetime
) -> Heard:
    """Begin using a strategy; the same tap sent twice is one use. `day` is the client's local day.

    Raises LookupError when the client has no such strategy, OffTheList when it was off the list as they tapped.
    """
    strategy = _own(session, client_id, strategy_id)
    if strategy.retired_at is not None and strategy.retired_at <= tap.at:
        raise OffTheList
    heard = ops.hear(session, client_id, tap, OpKind.USE, f"use-{tap.id}", now)
    if heard.counts and _use(session, client_id, tap.id) is None:
        use = CopingUse(client_id=client_id, strategy_id=strategy.id, op_id=tap.id, at=tap.at, day=day, before=before)
        session.add(use)
        session.flush()
    return heard


def finish_use(
    session: Session,
    client_id: int,
    started: str,
    after: int | None,
    helped: str | None,
    note: str | None,
    tap: Tap,
    now: datetime,
) -> Heard:
    """Say how a use went that the op `started` began; the newest words stay. Raises LookupError without such a use."""
    use = _use(session, client_id, started)
    if use is None:
        raise LookupError(started)
    heard = ops.hear(session, client_id, tap, OpKind.USE_ENDED, f"use-{started}-ended", now)
    if heard.counts:
        use.after, use.helped, use.note = after, helped, note
        use.ended_at = use.ended_at or tap.at
        session.flush()
    return heard


def undo_use(session: Session, client_id: int, started: str, at: datetime, now: datetime) -> None:
    """Let a use be as if it had never begun, with what was said about it; also when it only arrives later."""
    ops.take_back(session, client_id, started, OpKind.USE, at, now)
    gone = delete(CopingUse).where(CopingUse.client_id == client_id, CopingUse.op_id == started)
    session.execute(gone, execution_options={"synchronize_session": False})


def _own(session: Session, client_id: int, strategy_id: int) -> CopingStrategy:
    strategy = session.get(CopingStrategy, strategy_id)
    if strategy is None or strategy.client_id != client_id:
        raise LookupError(strategy_id)
    return strategy


def _use(session: Session, client_id: int, op_id: str) -> CopingUse | None:
    return session.scalars(
        select(CopingUse).where(CopingUse.client_id == client_id, CopingUse.op_id == op_id)
    ).one_or_none()


def _link(
    session: Session, strategy: CopingStrategy, sign_ids: Collection[int], offered: Collection[int] | None = None
) -> None:
    """Link the strategy with exactly these signs of all, or of those `offered`; ids of other clients' are left out."""
    own = select(Sign.id).where(Sign.client_id == strategy.client_id, Sign.id.in_(sign_ids))
    linked = delete(StrategySign).where(StrategySign.strategy_id == strategy.id)
    if offered is not None:
        own, linked = own.where(Sign.id.in_(offered)), linked.where(StrategySign.sign_id.in_(offered))
    session.execute(linked)
    session.add_all(StrategySign(strategy_id=strategy.id, sign_id=sign_id) for sign_id in session.scalars(own))
    session.flush()


def _facts(strategy: CopingStrategy) -> dict[str, Any]:
    return {field: getattr(strategy, field) for field in FIELDS}


def _remember(
    session: Session,
    strategy: CopingStrategy,
    by_id: int,
    what: str,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
    now: datetime,
    private: bool = False,
) -> None:
    """Write the change into the history of the client's current plan, when there is one."""
    with suppress(plan_changes.NoPlan):
        plan = plan_changes.current(session, strategy.client_id)
        about_use = strategy.substance_use or private
        plan_changes.remember(
            session, plan, by_id, NOUN, strategy.id, what, before, after, now, substance_use=about_use
        )
