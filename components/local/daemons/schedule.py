"""When a backup is due: pure decisions about times, in seconds since the epoch. `scheduler.py` acts on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

# A backup that seems to be from further ahead than this was dated by a clock that was wrong.
CLOCK_TOLERANCE = 3600.0
FIRST_RETRY = 300.0
LONGEST_RETRY = 3600.0
# An archive is proven the day after it was made, when the daily backup is over.
PROOF_DELAY = 86400.0


@dataclass(frozen=True)
class Schedule:
    """`hour`:`minute` is when the daily backup starts in `zone`; `archive_day` 1 to 28, None: there is no archive."""

    hour: int
    minute: int
    zone: ZoneInfo
    archive_day: int | None


@dataclass(frozen=True)
class Due:
    daily: bool
    archive: bool


def last_start(now: float, schedule: Schedule) -> datetime:
    """The newest daily start that is not after `now`. A start that clocks leap over counts as just after the leap."""
    local = datetime.fromtimestamp(now, schedule.zone)
    start = local.replace(hour=schedule.hour, minute=schedule.minute, second=0, microsecond=0, fold=0)
    # Times are compared as instants: on the days clocks change, wall clocks may go back.
    return start if start.timestamp() <= now else _day(start, -1)


def next_start(now: float, schedule: Schedule) -> datetime:
    return _day(last_start(now, schedule), 1)


def due(now: float, fulls: Sequence[float], archives: Sequence[float], schedule: Schedule) -> Due:
    """What should be running by `now`, given when the backups that exist ended.

    A machine that slept for days is due once, not once for every day. Backups from the future are left out: a clock
    that was ahead must not keep the next backup away until then.
    """
    known = [time for time in fulls if time <= now + CLOCK_TOLERANCE]
    if not known:
        return Due(daily=True, archive=False)
    start = last_start(now, schedule)
    daily = max(known) < start.timestamp()
    if schedule.archive_day is None:
        return Due(daily, archive=False)
    # The archive is made in a window, so a cluster made today has its first one in the next window.
    in_window = start.timestamp() > min(known)
    since = _month(start, schedule.archive_day).timestamp()
    return Due(daily, in_window and not any(since <= time <= now + CLOCK_TOLERANCE for time in archives))


def proof_due(now: float, archives: Sequence[float], proven: float | None, delay: float = PROOF_DELAY) -> bool:
    """Whether the newest archive is to be proven restorable by `now`; `proven`: when the last proven one had ended."""
    newest = max((time for time in archives if time <= now + CLOCK_TOLERANCE), default=None)
    return newest is not None and now >= newest + delay and (proven is None or newest > proven)


def retry_after(failures: int) -> float:
    """Seconds to wait after so many failures in a row."""
    return min(FIRST_RETRY * 2.0 ** min(failures - 1, 10), LONGEST_RETRY)


def _day(start: datetime, days: int) -> datetime:
    return (start.replace(tzinfo=None) + timedelta(days=days)).replace(tzinfo=start.tzinfo)


def _month(start: datetime, day: int) -> datetime:
    """The beginning of the newest archive day that is not after `start`."""
    month = start if start.day >= day else start.replace(day=1) - timedelta(days=1)
    return month.replace(day=day, hour=0, minute=0, fold=0)
