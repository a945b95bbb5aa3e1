"""When the guard acts: one pure decision about one member. The reasons why it is safe stand in `guard.py`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Action(str, Enum):
    NOTHING = "nothing"
    # Have Patroni look at its server at once: it decides whether another member takes over.
    WAKE = "wake"
    # Everything of the member is dead: prove it and release its leader key.
    RELEASE = "release"
    # Kill Patroni alone: supervised, it comes back and adopts its running server.
    REVIVE = "revive"
    # Kill Patroni and the server, prove them dead, and release the leader key if it is this member's.
    FENCE = "fence"


@dataclass(frozen=True)
class Limits:
    """Seconds."""

    # Supervised, Patroni is back within 2 s and adopts its running server: cause nothing before this.
    grace: float = 5.0
    # The least that must be left of the leader's lease.
    lease_margin: float = 5.0
    # Under this Patroni hangs: a healthy one never goes under ttl - loop_wait - retry_timeout.
    lease_hung: float = 9.0
    # A stopped (SIGSTOP) Patroni is replaced by a new one.
    patroni_frozen: float = 3.0
    # A new Patroni has this long to renew the lease.
    patroni_young: float = 10.0
    # A stopped (SIGSTOP) postmaster serves nobody, whether or not its Patroni renews the lease.
    frozen: float = 5.0
    # etcd must have answered this long before a low lease counts: after an outage of etcd Patroni renews first.
    steady: float = 10.0
    # A Patroni whose PostgreSQL crashed has this long to hand over or to start it again.
    crashed: float = 1.0
    # Reads of etcd over this time agree that another member has the key.
    disowned: float = 0.2


@dataclass(frozen=True)
class Observation:
    member: str
    # "alive", "frozen" (stopped by a signal) or "gone" (the guard holds its lock).
    patroni: str
    patroni_gone_for: float
    patroni_frozen_for: float
    # Since this Patroni's start; 0 when it is gone.
    patroni_age: float
    # "none", "running" or "frozen".
    postmaster: str
    postmaster_frozen_for: float
    # Since the server is known to have crashed: it is gone and was not shut down; 0 otherwise.
    crashed_for: float
    # Another member's server and Patroni run.
    others: bool
    # The server accepts writes, or will when it thaws.
    primary: bool
    # How long etcd has answered without a failure, this look included; None: it does not answer, or was not asked.
    etcd_steady_for: float | None
    # Who has the leader key; meaningless while etcd_steady_for is None.
    holder: str | None
    # Seconds left of the leader's lease; None: unknown.
    lease_left: float | None
    # How long each look has found this server primary and the key another member's.
    disowned_for: float
    # Patroni answers that it leads by failsafe_mode, without the lease.
    failsafe: bool
    # Patroni's maintenance mode: the operator has taken over.
    paused: bool


@dataclass(frozen=True)
class Decision:
    action: Action
    reason: str


def decide(seen: Observation, limits: Limits = Limits()) -> Decision:
    """The first rule that holds decides; none: nothing is done."""
    etcd = seen.etcd_steady_for is not None
    owner = etcd and seen.holder == seen.member
    other = etcd and seen.holder not in (None, seen.member)
    unowned = etcd and seen.holder is None
    gone, frozen = seen.patroni == "gone", seen.patroni == "frozen"
    dead = gone and seen.postmaster == "none"
    up = seen.postmaster != "none"
    leading = seen.primary or owner
    unrenewed = owner and seen.lease_left is not None and (seen.etcd_steady_for or 0) >= limits.steady
    lease_left = seen.lease_left if unrenewed and seen.lease_left is not None and not seen.failsafe else float("inf")
    rules: tuple[tuple[bool, Action, str], ...] = (
        (seen.paused, Action.NOTHING, "maintenance mode"),
        (dead and owner, Action.RELEASE, "leader's Patroni and postmaster are dead"),
        (dead, Action.NOTHING, "dead, and the leader key is not its own"),
        (
            owner and not up and seen.others and seen.crashed_for >= limits.crashed,
            Action.FENCE,
            "leader's postmaster crashed, and its Patroni does nothing about it",
        ),
        (owner and seen.patroni == "alive" and not up, Action.WAKE, "leader's postmaster is dead, its Patroni is not"),
        (
            up and seen.primary and other and seen.disowned_for >= limits.disowned,
            Action.FENCE,
            "writable, but the leader key is another member's",
        ),
        (
            up and seen.primary and unowned and (gone or frozen or seen.postmaster == "frozen"),
            Action.FENCE,
            "writable, but nobody has the leader key and nobody here can take it",
        ),
        (
            up and gone and leading and seen.patroni_gone_for >= limits.grace,
            Action.FENCE,
            "leader's Patroni is gone and has not come back",
        ),
        (
            etcd and leading and seen.postmaster == "frozen" and seen.postmaster_frozen_for >= limits.frozen,
            Action.FENCE,
            "leader's postmaster is stopped by a signal",
        ),
        (lease_left < limits.lease_margin, Action.FENCE, "leader's lease runs out though etcd answers"),
        (
            leading and frozen and seen.postmaster == "running" and seen.patroni_frozen_for >= limits.patroni_frozen,
            Action.REVIVE,
            "leader's Patroni is stopped by a signal",
        ),
        (
            not gone and lease_left < limits.lease_hung and seen.patroni_age >= limits.patroni_young,
            Action.REVIVE,
            "leader's Patroni does not renew its lease though etcd answers",
        ),
    )
    for holds, action, reason in rules:
        if holds:
            return Decision(action, reason)
    return Decision(Action.NOTHING, "")
