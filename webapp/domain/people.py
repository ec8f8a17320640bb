"""Who acts: a person's account and the roles it holds."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from webapp.domain.sign_ins import Use
from webapp.domain.weeks import Weeks

ADDRESS = re.compile(r"[^@\s,;:<>()\[\]\"\\]+@[^@\s,;:<>()\[\]\"\\.]+(\.[^@\s,;:<>()\[\]\"\\.]+)+")
LONGEST_ADDRESS = 254
LEFT = "—"
"""What stands for the name of somebody whose account was deleted."""


def is_address(text: str) -> bool:
    """Tell whether a text looks like one e-mail address and nothing beside it."""
    return len(text) <= LONGEST_ADDRESS and ADDRESS.fullmatch(text) is not None and text.isprintable()


def by_name(name: str) -> str:
    """Return what a list of names is sorted by: small and large letters alike, an é beside the e."""
    letters = unicodedata.normalize("NFKD", name.casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


class Role(StrEnum):
    CLIENT = "client"
    SUPPORTER = "supporter"
    CARE_TEAM = "care_team"
    ADMIN = "admin"


STAFF = frozenset({Role.CARE_TEAM, Role.ADMIN})


@dataclass(frozen=True, slots=True)
class Actor:
    """A signed-in person. `day_starts_at` is an hour 0–23.

    `country` is their organisation's. `device_address` is where the device they are on takes notifications, if it does.
    `first_run` names the screen of their first run they are at, while it lasts. `use` is the sign-in they came by, and
    `lock_after` the minutes away after which their phone asks for a PIN (None: never). `neutral_name`: Cairn goes by
    another name. `unsent_lost` changes were deleted by a quick exit, which was not said yet. `proved_at`: when
    they last showed that it is they. `leaves_at` is when their account will be deleted, once they asked for that.
    """

    id: int
    organisation_id: int
    name: str
    called: str
    roles: frozenset[Role]
    time_zone: str
    language: str
    day_starts_at: int
    week_starts_on: Weeks
    sign_in_id: int | None = None
    has_password: bool = True
    device_address: str | None = None
    first_run: str | None = None
    country: str = ""
    proved_at: datetime | None = None
    use: Use | None = None
    lock_after: int | None = None
    neutral_name: bool = False
    unsent_lost: int = 0
    leaves_at: datetime | None = None

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def is_staff(self) -> bool:
        return bool(STAFF & self.roles)

    def is_a(self, role: Role) -> bool:
        return role in self.roles
