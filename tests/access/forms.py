"""A form that is well filled in for every route that changes something, so that a refusal is never about the form.

Each takes the ids of the record that the request is about (`unknown` ones, where there is none) and returns what is
sent. Where the address names no record, the form names it: taps from a phone, and what a list offers.
"""

import io
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from tests.access.world import PASSWORD, PUSH, canary
from tests.domain.test_endpoints import AUTH, KEY
from tests.support.cast import TODAY

Data = dict[str, Any]
Ids = Mapping[str, Any]

PLAN_FILE = Path(__file__).parents[1] / "fixtures" / "sample_plans" / "eltss-betsy.json"
OFTEN = {"kind": "target", "bound": "at_least", "count": "3", "interval": "1", "per_unit": "week", "from_when": "next"}
OWN_STEP = OFTEN | {"text": "Swim", "who": "self", "time_of_day": "", "goal_id": ""}
STEP = OWN_STEP | {"intervention": ""}
MEETING = {"day": (TODAY + timedelta(days=6)).isoformat(), "at": "14:30", "minutes": "50"}
GUEST = {"name": "Kim Yao", "email": "kim@example.test"}
PREFERENCES = {
    "called": "Somebody",
    "time_zone": "America/New_York",
    "language": "en",
    "day_starts_at": "4",
    "week_starts_on": "0",
}
ENTRIES: Mapping[str, Data] = {
    "support": {"name": "Tuesday group", "kind": "group"},
    "monitoring": {"what": "Sleep"},
    "team_member": {"kind": "professional", "name": "Dr. Ito"},
    "emergency_contact": {"name": "June", "phone": "555-0101"},
    "crisis_contact": {"name": "June", "phone": "555-0101"},
    "goal": {"statement": "Sing again", "status": "active", "importance": "", "confidence": ""},
    "objective": {"statement": "Sing on Sundays"},
    "coping_strategy": {"text": "Humming", "use_when": "everyday"},
}
"""What the lists of a plan take; the others are a line of text."""


def tap(**more: Any) -> Data:
    return {"op_id": str(uuid4())} | more


def entry(ids: Ids) -> Data:
    return ENTRIES.get(ids["noun"], {"text": "Something new"})


def remind(ids: Ids) -> Data:
    step = ids["step"] if ids.get("by") is None else ids["ride"]
    return {f"remind-{step}-first": "09:30"}


def plan_file(_ids: Ids) -> Data:
    return {"file": (io.BytesIO(PLAN_FILE.read_bytes()), "plan.json")}


FORMS: Mapping[str, Callable[[Ids], Data]] = {
    "language.choose": lambda _: {"language": "es", "to": "/"},
    "sign_in.sign_in": lambda i: {"email": f"{canary('email', i['name'])}@example.test", "password": PASSWORD},
    "sign_in.ask_link": lambda i: {"email": f"{canary('email', i['name'])}@example.test"},
    "settings.keep": lambda _: PREFERENCES,
    "settings.password": lambda _: {"present": PASSWORD, "new": "seven green kites over the bay"},
    "passkeys.rename": lambda _: {"name": "my phone"},
    "privacy.keep": lambda _: {"pin": "271828", "again": "271828", "after": "5"},
    "privacy.name": lambda _: {"name": "notes"},
    "own_data.delete": lambda _: {"sure": "yes"},
    "people.share_again": lambda _: {"scope": "plan"},
    "notices.keep": lambda _: {"look_back": "y"},
    "reminders.settings": lambda _: {"quiet_from": "22:00", "quiet_to": "07:00", "follow_up": "60"},
    "reminders.mail": lambda _: {"mail_use": "never", "mail_after": "30"},
    "endpoints.add": lambda _: {"endpoint": f"{PUSH}new", "p256dh": KEY, "auth": AUTH},
    "endpoints.left": lambda i: {"endpoint": f"{PUSH}{i['name']}"},
    "reminded.answer": lambda _: tap(answer="done"),
    "calendar_feeds.begin": lambda _: {"calendar-plain_words": "y"},
    "welcome.answer": lambda _: {"called": "Somebody"},
    "check_ins.add": lambda _: tap(outcome="some"),
    "check_ins.note": lambda _: tap(note="another note"),
    "check_ins.undo_op": lambda i: {"undoes": i["op"]},
    "check_ins.note_op": lambda i: tap(of=i["op"], note="another note"),
    "pauses.add": lambda i: {"step_id": i["step"], "last_day": (TODAY + timedelta(days=2)).isoformat()},
    "bad_days.begin": lambda _: tap(),
    "bad_days.undo": lambda _: tap(),
    "reminder_times.own": remind,
    "reminder_times.promise": remind,
    "agenda.add": lambda _: {"text": "Sleep"},
    "coping.add": lambda _: {"text": "Humming", "use_when": "everyday"},
    "coping.change": lambda _: {"text": "Humming", "use_when": "everyday"},
    "coping.use": lambda _: tap(before="5"),
    "coping.finish": lambda _: tap(after="2", helped="yes", note="it was fine"),
    "coping.finish_op": lambda i: tap(of=i["use"], after="2", helped="yes"),
    "coping.undo": lambda i: {"undoes": i["use"]},
    "contacts.add": lambda _: {"name": "June", "phone": "555-0101"},
    "contacts.change": lambda _: {"name": "June", "phone": "555-0101"},
    "help_now.keep_reasons": lambda _: {"reasons": "The garden"},
    "plan.add_step": lambda i: OWN_STEP | {"goal_id": i["goal"]},
    "plan.change_step": lambda _: OFTEN | {"own_words": "A swim", "time_of_day": ""},
    "plan.send_suggestion": lambda _: {"words": "Friday suits me better"},
    "people.grant": lambda _: {"scope": "steps", "purpose": "a new reason"},
    "people.withdraw": lambda _: {"scope": "plan"},
    "people.ask": lambda i: {"step_id": i["errand"], "person_id": i["helper"]},
    "people.send_invitation": lambda _: GUEST,
    "commitments.answer_change": lambda _: {"verb": "end"},
    "commitments.confirm": lambda _: tap(outcome="happened", day=TODAY.isoformat()),
    "promises.answer": lambda _: {"verb": "end"},
    "promises.confirm": lambda _: tap(outcome="happened", day=TODAY.isoformat()),
    "promises.undo_op": lambda i: {"undoes": i["ride_op"]},
    "invitations.invite_client": lambda _: GUEST,
    "sessions.plan": lambda _: MEETING,
    "sessions.move": lambda _: MEETING,
    "care_plan.change_head": lambda _: {"vision": "Sing", "starts_on": "2026-10-05"},
    "care_plan.change_information": lambda _: {"history": "long", "stage_of_change": ""},
    "care_plan.add_item": lambda i: entry(i) | ({"goal_id": i["goal"]} if i["noun"] == "objective" else {}),
    "care_plan.change_item": entry,
    "care_plan.add_step": lambda _: STEP,
    "care_plan.change_step": lambda _: STEP | {"text": "Swim with Nora"},
    "care_plan.take_in": plan_file,
    "admin.organisation": lambda _: {"name": "Lakeside", "country": "CA"},
    "admin.invite": lambda _: GUEST | {"role": "care_team"},
    "admin.assign": lambda i: {"care_team_id": i["helper"]},
    "admin.unassign": lambda i: {"care_team_id": i["worker"]},
}
"""A route that is not here takes no form: its address says it all."""


def form(endpoint: str, ids: Ids) -> Data:
    return FORMS[endpoint](ids) if endpoint in FORMS else {}
