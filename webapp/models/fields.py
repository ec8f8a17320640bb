"""Every column that holds text: secret, found by its hash, or open, and then why.

PostgreSQL keeps secret columns encrypted (secret.py). The embedded database is encrypted as a whole, and keeps them
as they are. A column that is not in this table stops a test (tests/models/test_fields.py).

What is open here is open to whoever reads a PostgreSQL database without its keys: who belongs to whom, when what was
ticked, how often, distress from 0 to 10, dates of birth, and that a step or another entry is about substance
use.
"""

SECRET = {
    "action_steps": "text own_words intervention purpose how_to cue smallest duration ref facts",
    "agenda_items": "text",
    "cadences": "time_words",
    "care_plans": "vision note source facts",
    "check_ins": "reason note",
    "client_information": "address stage_of_change cultural_preferences history earlier_treatment "
    "substance_use_history reasons_for_living",
    "commitment_events": "words",
    "commitments": "suggestion",
    "contacts": "name relation phone how facts",
    "coping_strategies": "text category cue how_to facts",
    "coping_uses": "note",
    "endpoints": "address keys device",
    "goals": "statement own_words priority attainment_scale ref facts",
    "invitations": "name email relation message",
    "monitoring": "what who how_often facts",
    "objectives": "statement by measure ref facts",
    "passkeys": "name",
    "pauses": "reason",
    "people": "name called email discipline phone",
    "plan_changes": "why before after",
    "plan_lines": "text",
    "sessions": "place",
    "sharing_grants": "purpose consent",
    "sign_ins": "device",
    "signs": "text",
    "step_progress": "text facts",
    "supporter_links": "relation",
    "supports": "name kind relation facts",
    "team_members": "name role relation ref facts",
}

FOUND_BY_HASH = {"people": "email_key", "endpoints": "address_key"}
"""Addresses by which a row is looked up: on PostgreSQL a keyed hash, never the thing itself."""

OPEN = {
    "one of the few words that the code knows": """
        people.mail_use people.first_run plan_lines.kind team_members.kind goals.status action_steps.actor_kind
        action_steps.status action_steps.time_of_day cadences.kind cadences.bound cadences.per_unit cadences.tz_mode
        check_ins.outcome commitments.state commitment_events.verb coping_strategies.use_when signs.kind
        coping_uses.helped ops.kind reminder_occurrences.state reminder_occurrences.answer notices.kind
        endpoints.channel deliveries.channel deliveries.kind deliveries.state sessions.status sharing_grants.scope
        looks.page invitations.role plan_changes.noun plan_changes.what
        """,
    "a date or a time of day, and when a week began": """
        people.earlier_weeks cadences.weekdays cadences.times check_ins.slot reminders.at_time
        reminder_occurrences.occ_key
        """,
    "a zone, a language or a country, by which the database chooses": """
        people.time_zone people.language organisations.country cadences.tz reminders.zone reminder_occurrences.zone
        """,
    "a hash already": """
        people.password_hash sign_ins.token_hash sign_in_links.token_hash invitations.token_hash
        calendar_feeds.token_hash throttles.key people.pin_hash recovery_codes.code_hash half_sign_ins.token_hash
        proof_links.token_hash used_challenges.hash looks.mac look_chains.mac departures.head departures.mac
        """,
    "made by a machine: a UUID, a process, an answer of a mail server without its words, ids and times": """
        check_ins.op_id coping_uses.op_id ops.op_id ops.item ops.answer notices.key heartbeats.name
        sharing_grants.steps deliveries.lease_owner deliveries.because endpoints.off_because
        """,
    "public: it stands on the page where people sign in": "organisations.name",
}


def secret_places() -> frozenset[str]:
    """Every secret column as "table.column"."""
    return _places(SECRET)


def hashed_places() -> frozenset[str]:
    """Every column that is found by its hash, as "table.column"."""
    return _places(FOUND_BY_HASH)


def _places(columns: dict[str, str]) -> frozenset[str]:
    return frozenset(f"{table}.{name}" for table, names in columns.items() for name in names.split())
