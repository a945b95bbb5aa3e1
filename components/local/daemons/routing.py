"""Which member the poolers' connections go to: one pure decision. The reasons why it is safe stand in `router.py`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

# Seconds. A replica whose Patroni is silent for longer takes no more reads; one that is restarted is back by then.
SILENCE = 4.0


class Target(NamedTuple):
    """One server's process: another postmaster of the same member is another target."""

    member: str
    pid: int


@dataclass(frozen=True)
class Seen:
    member: str
    # The postmaster's process id; None: it has none.
    pid: int | None
    # Stopped by a signal.
    stopped: bool
    # The server accepts writes, or will when it thaws.
    primary: bool
    # Patroni has said of this very process that it leads: on which timeline; None: it has not.
    leads_on: int | None
    # Patroni's last answer about this very process: a replica that lags little enough to be read.
    fit: bool
    # Seconds since that answer.
    silent_for: float


@dataclass(frozen=True)
class Routes:
    writer: Target | None
    # In turns; none: there is nobody to read from.
    readers: tuple[Target, ...]


def decide(members: tuple[Seen, ...]) -> Routes:
    """Writes: the leader, of several the one on the newest timeline. Reads: fit replicas, or else the leader."""
    leaders = [(one.leads_on, Target(one.member, one.pid)) for one in members if _leads(one)]
    writer = max(leaders)[1] if leaders else None
    fit = tuple(Target(one.member, one.pid) for one in members if _is_fit(one))
    return Routes(writer, fit or ((writer,) if writer else ()))


def _leads(one: Seen) -> bool:
    # What was said once holds as long as the process lives: a primary becomes a replica only by a restart.
    return one.pid is not None and one.primary and one.leads_on is not None


def _is_fit(one: Seen) -> bool:
    return one.pid is not None and not one.primary and not one.stopped and one.fit and one.silent_for < SILENCE
