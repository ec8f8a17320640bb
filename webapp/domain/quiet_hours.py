"""Quiet hours: when to stay silent, in the person's own wall time."""

from dataclasses import dataclass
from datetime import UTC, datetime, time

from webapp.domain.wall_time import DAY, Zone, as_zone, to_utc


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From `start` up to `end` (exclusive), across midnight when the end is earlier.

    Start and end at the same time mean no quiet hours: silence all day long is what a pause is for.
    """

    start: time
    end: time

    def contains(self, at: time) -> bool:
        """Tell whether the wall time `at` is quiet; a reminder set there needs a yes at set-up."""
        if self.start <= self.end:
            return self.start <= at < self.end
        return at >= self.start or at < self.end

    def release(self, instant: datetime, zone: Zone) -> datetime:
        """Return the first instant (UTC) from `instant` on that is not quiet where the person is.

        A quiet stretch that ends inside a repeated hour ends at the next showing of its end.
        """
        place = as_zone(zone)
        local = instant.astimezone(place)
        if not self.contains(local.time()):
            return instant.astimezone(UTC)
        day = local.date() + DAY if local.time() >= self.end else local.date()
        end = to_utc(day, self.end, place) or to_utc(day + DAY, self.end, place)
        if end is not None and end > instant:
            return end
        return datetime.combine(day, self.end.replace(fold=1), tzinfo=place).astimezone(UTC)
