"""Tables. Importing this package brings all of them into `Base.metadata`."""

from webapp.models import sealing  # noqa: F401 (listens)
from webapp.models.base import Base
from webapp.models.check_ins import CheckIn
from webapp.models.commitments import Commitment, CommitmentEvent
from webapp.models.coping import CopingStrategy, CopingUse, Sign, StrategySign
from webapp.models.ops import Op
from webapp.models.people import Assignment, ClientInformation, Contact, Organisation, Person, SupporterLink
from webapp.models.plans import (
    CarePlan,
    Goal,
    Monitoring,
    Objective,
    PlanChange,
    PlanLine,
    Support,
    TeamMember,
)
from webapp.models.reminders import (
    CalendarFeed,
    Delivery,
    Endpoint,
    Heartbeat,
    Notice,
    Reminder,
    ReminderOccurrence,
)
from webapp.models.sessions import AgendaItem, Session
from webapp.models.sharing import Look, SharingGrant
from webapp.models.sign_ins import Invitation, SignIn, SignInLink, Throttle
from webapp.models.steps import ActionStep, BadDay, CadenceVersion, Pause, StepProgress

__all__ = [
    "ActionStep", "AgendaItem", "Assignment", "BadDay", "Base", "CadenceVersion", "CalendarFeed", "CarePlan", "CheckIn",
    "ClientInformation", "Commitment", "CommitmentEvent", "Contact", "CopingStrategy", "CopingUse", "Delivery",
    "Endpoint", "Goal", "Heartbeat", "Invitation", "Look", "Monitoring", "Notice", "Objective", "Op", "Organisation",
    "Pause", "Person", "PlanChange", "PlanLine", "Reminder", "ReminderOccurrence", "Session", "SharingGrant", "Sign",
    "SignIn", "SignInLink", "StepProgress", "StrategySign", "Support", "SupporterLink", "TeamMember", "Throttle",
]  # fmt: skip
