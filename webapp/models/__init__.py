"""Tables. Importing this package brings all of them into `Base.metadata`."""

from webapp.models import sealing  # noqa: F401 (listens)
from webapp.models.base import Base
from webapp.models.check_ins import CheckIn
from webapp.models.commitments import Commitment, CommitmentEvent
from webapp.models.coping import CopingStrategy, CopingUse, Sign, StrategySign
from webapp.models.looks import Departure, Look, LookChain
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
from webapp.models.second_factor import HalfSignIn, Passkey, ProofLink, RecoveryCode, SecondFactor, UsedChallenge
from webapp.models.sessions import AgendaItem, Session
from webapp.models.sharing import SharingGrant
from webapp.models.sign_ins import Invitation, SignIn, SignInLink, Throttle
from webapp.models.steps import ActionStep, BadDay, CadenceVersion, Pause, StepProgress

__all__ = [
    "ActionStep", "AgendaItem", "Assignment", "BadDay", "Base", "CadenceVersion", "CalendarFeed", "CarePlan", "CheckIn",
    "ClientInformation", "Commitment", "CommitmentEvent", "Contact", "CopingStrategy", "CopingUse", "Delivery",
    "Departure", "Endpoint", "Goal", "HalfSignIn", "Heartbeat", "Invitation", "Look", "LookChain", "Monitoring",
    "Notice", "Objective", "Op", "Organisation", "Passkey", "Pause", "Person", "PlanChange", "PlanLine", "ProofLink",
    "RecoveryCode", "Reminder", "ReminderOccurrence", "SecondFactor", "Session", "SharingGrant", "Sign", "SignIn",
    "SignInLink", "StepProgress", "StrategySign", "Support", "SupporterLink", "TeamMember", "Throttle", "UsedChallenge",
]  # fmt: skip
