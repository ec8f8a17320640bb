"""Plan files as they might come: whatever schema plan-facts/1 allows, strange keys included."""

from datetime import date
from typing import Any

from hypothesis import strategies as st

letters = st.characters(blacklist_categories=("Cs",), blacklist_characters="\0")
texts = st.text(letters, min_size=1, max_size=20).filter(lambda text: bool(text.strip()))
maybe_texts = st.none() | st.text(letters, max_size=20)
days = st.dates(date(1900, 1, 1), date(2100, 12, 31)).map(date.isoformat)
leaves = st.none() | st.booleans() | st.integers(-(10**12), 10**12) | st.floats(0.5, 1e6, width=32) | maybe_texts
anything = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3), max_leaves=5
)
strange = st.dictionaries(texts.map(lambda name: f"x {name}"), anything, max_size=1)


def record(needed: dict[str, Any], optional: dict[str, Any] | None = None) -> Any:
    """An object with strange keys now and then; optional keys may be left out."""
    known = st.fixed_dictionaries(needed, optional=optional or {})
    return st.tuples(strange, known).map(lambda pair: pair[0] | pair[1])


def or_null(strategy: Any) -> Any:
    return st.none() | strategy


counts = st.integers(1, 20)
weekdays = st.lists(st.sampled_from(["MO", "TU", "WE", "TH", "FR", "SA", "SU"]), unique=True, max_size=7)
times = st.sampled_from([None, "morning", "at night", "08:00", "8:00, 20:30", "23:00-07:00", "after tea"])
frequencies = st.one_of(
    record({"kind": st.just("none")}),
    record({"kind": st.sampled_from(["once", "as_needed"])}, {"count": or_null(counts), "time": times}),
    record(
        {
            "kind": st.sampled_from(["target", "fixed"]),
            "count": counts,
            "period": st.sampled_from(["day", "week", "month", "year"]),
        },
        {
            "count_max": or_null(st.integers(20, 30)),
            "period_count": or_null(st.integers(1, 30)),
            "at_least": or_null(st.booleans()),
            "weekdays": or_null(weekdays),
            "time": times,
        },
    ),
)
units = st.sampled_from(["day", "week", "month", "year"])
durations = st.one_of(
    record(
        {"type": st.sampled_from(["for", "within"]), "value": counts, "unit": units},
        {"value_max": or_null(st.integers(20, 30))},
    ),
    record({"type": st.just("until"), "until": texts | days}),
    st.tuples(days, days)
    .map(sorted)
    .flatmap(lambda span: record({"type": st.just("between"), "start": st.just(span[0]), "end": st.just(span[1])})),
)


def steps(team: list[dict[str, Any]]) -> Any:
    actors = [("self", "person"), ("self", None), ("professional", None)]
    actors += [(member["kind"], member["id"]) for member in team]
    return st.sampled_from(actors).flatmap(
        lambda actor: record(
            {"actor_kind": st.just(actor[0]), "actor_id": st.just(actor[1]), "text": texts},
            {
                "frequency": or_null(frequencies),
                "duration": or_null(durations),
                "minutes": or_null(st.integers(1, 60)),
                "minutes_max": or_null(st.integers(60, 90)),
                "purpose": maybe_texts,
                "status": st.sampled_from([None, "active", "completed", "on-hold", "cancelled"]),
                "progress": st.lists(record({"text": texts}, {"date": or_null(days)}), max_size=2),
                "own_words": maybe_texts,
                "cue": st.just(7) | maybe_texts,
                "substance_use": st.booleans(),
            },
        )
    )


def _plans(team: list[dict[str, Any]]) -> Any:
    listed = st.lists(texts, max_size=2)
    some_steps = st.lists(steps(team), max_size=3)
    goal = record(
        {"statement": texts},
        {
            "status": st.sampled_from([None, "active", "achieved", "ended"]),
            "priority": st.none() | st.integers(0, 9) | st.sampled_from(["high", "3", "007", ""]),
            "target_date": or_null(days),
            "importance_0_10": or_null(st.integers(0, 10)),
            "confidence_0_10": or_null(st.integers(0, 10)),
            "attainment_scale": or_null(st.just({"-2": "less", "0": "as hoped"})),
            "objectives": st.none()
            | st.lists(record({"statement": texts}, {"by": maybe_texts, "measure": maybe_texts}), max_size=2),
            "steps": or_null(some_steps),
        },
    )
    return record(
        {"schema": st.just("plan-facts/1"), "team": st.just(team)},
        {
            "source": or_null(st.dictionaries(texts, anything, max_size=2)),
            "note": maybe_texts,
            "person": or_null(
                record(
                    {},
                    {
                        "name": or_null(texts),
                        "born": or_null(days),
                        "strengths": or_null(listed),
                        "preferences": listed,
                        "vision": maybe_texts,
                    },
                )
            ),
            "period": or_null(record({}, {"start": or_null(days), "end": st.none()})),
            "concerns": listed,
            "goals": or_null(st.lists(goal, max_size=2)),
            "unlinked_steps": some_steps,
            "coping": or_null(
                st.lists(record({"text": texts}, {"category": maybe_texts, "when": maybe_texts}), max_size=3)
            ),
            "triggers": listed,
            "warning_signs": or_null(listed),
            "supports": st.lists(record({}, {"name": maybe_texts, "kind": maybe_texts}), max_size=2),
            "crisis": or_null(
                record(
                    {},
                    {
                        "contacts": st.lists(record({"what": texts}, {"how": maybe_texts}), max_size=2),
                        "steps": or_null(listed),
                    },
                )
            ),
            "monitoring": st.lists(record({"what": texts}, {"who": maybe_texts}), max_size=2),
            "review": listed,
        },
    )


teams = st.lists(
    record({"kind": st.sampled_from(["professional", "natural_supporter"])}, {"name": maybe_texts}), max_size=3
).map(lambda members: [member | {"id": f"m{n}"} for n, member in enumerate(members)])
plans = teams.flatmap(_plans)
