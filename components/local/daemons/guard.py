"""The local cluster's fencing guard: `guard.py CONFIG.json`.

When the leader dies, Patroni's replicas wait for its lease (ttl, 20 s) to run out, for they cannot know that it is
dead. On one machine the guard can: it proves it and deletes the leader key, so that a replica takes over at once. Where
only its PostgreSQL died, its Patroni would find out at its next look (loop_wait, 5 s): the guard has it look now, and
takes both for dead when it does nothing about it: Patroni takes a zombie, which some containers keep, for alive. And
what can no longer renew the lease, but might still write, it kills before the lease ends.

Why no two members can be writable because of it:

1. The key of member M is deleted only while the guard holds M's lock (`member.py`) and M has no live process. Holding
   the lock means that M's Patroni is dead and that the next one waits. Having no process means two looks in a row at
   /proc found none that has M's data folder as its working directory or carries the mark which Patroni's descendants
   inherit, so no postmaster is left either that the dead Patroni had forked but that had not reached its folder yet.
   Only after the deletion is the lock released: M can write again only by a Patroni that starts after that, and
   Patroni promotes only with the key.
2. The deletion compares the key's value and revision with what was read under the lock: never another member's key,
   nor one that M has taken anew. When etcd's answer is lost, the lock is kept until a later answer is definite, or for
   10 s, by when etcd has dropped the request.
3. A dead Patroni's last request may still reach etcd and take the key for a dead member. The next look releases it.
4. A primary that cannot keep its lease (Patroni dead past the grace or hung, or a stopped postmaster) is killed
   while `lease_margin` of the lease is still left, hence before anybody else may be promoted. SIGKILL works on stopped
   processes: nothing is left that could thaw.
5. etcd's own failures are no reason: without its answer, a primary whose Patroni lives is left alone (failsafe_mode),
   and a low lease counts only when etcd has answered for `steady` seconds, in which a healthy Patroni renews it. If,
   after such an outage, a server is writable while the key is another's, or while nobody has it and its Patroni is
   dead or stopped, it is killed at once: a second fault within the first cannot leave two of them for long.
6. The guard itself may die or stop anywhere. Its locks go with it, a stopped one's keep M down, and nothing but
   Patroni's own, slower rules is left. After a stall its clocks start anew. Processes are killed by identity (pidfd and
   start time), never by a reused id. A killed member is not lost data: it recovers, or is rewound, as after a crash.

What it relies on: one machine (one kernel); every Patroni started through `member.py`, and no postmaster by hand;
linearizable reads of etcd. In Patroni's maintenance mode (pause) it does nothing.

Runs as the database's user. One line for every decision, with its evidence, to stdout. SIGHUP reads the configuration
again, SIGTERM ends it. Configuration (limits: see `fencing.Limits`, seconds, optional):
  {"namespace": "/license-db/", "scope": "…",
   "members": [{"name": "…", "data": "PGDATA", "lock": "the lock file given to member.py"}],
   "etcd": {"url": "https://127.0.0.1:2379", "ca": "…", "cert": "…", "key": "…"}, "limits": {"grace": 5}}
"""

from __future__ import annotations

import fcntl
import json
import os
import select
import signal
import socket
import ssl
import sys
import time
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from etcd import Etcd, EtcdError, LeaderKey, tls_context
from fencing import Action, Limits, Observation, decide
from member import open_lock, same_file
from patroni_api import leads_by_failsafe, wake
from processes import STOPPED, Postmaster, Stat, kill, kill_all, open_pidfd, postmaster, stat, was_taking_writes

# The death of a watched process wakes the guard at once; a tick finds what is new and what is stopped.
TICK_SECONDS = 0.2
ETCD_EVERY_SECONDS = 1.0
# A longer pause than this between two ticks means that the guard itself stood still.
STALL_SECONDS = 2.0
KEEP_LOCK_SECONDS = 10.0
# What kills Patroni often kills its postmaster with it, some milliseconds later. A Patroni that is back by then would
# find out for itself, in two or three seconds; so the next one waits this long for what becomes of the postmaster.
TOGETHER_SECONDS = 0.4
# A Patroni that was told to look has this long to do something about it.
WAKE_AGAIN_SECONDS = 2.0


def log(text: str, **evidence: object) -> None:
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime()) + f".{time.time_ns() // 1_000_000 % 1000:03d}Z"
    print(stamp, "guard:", text, *(f"{name}={value}" for name, value in evidence.items()), flush=True)


class Place(NamedTuple):
    """Where a member's data folder and lock file are, symbolic links resolved as the kernel shows them."""

    data: str
    lock: str


@dataclass(frozen=True)
class Config:
    prefix: str
    url: str
    tls: ssl.SSLContext | None
    members: dict[str, Place]
    limits: Limits


def read_config(path: str) -> Config:
    """ValueError says what is wrong with the file."""
    try:
        with open(path, encoding="utf-8") as file:
            raw: dict[str, Any] = json.load(file)
        etcd = raw["etcd"]
        tls = tls_context(etcd["ca"], etcd["cert"], etcd["key"]) if etcd["url"].startswith("https:") else None
        members = {
            one["name"]: Place(os.path.realpath(one["data"]), os.path.realpath(one["lock"])) for one in raw["members"]
        }
        prefix = f"/{raw['namespace'].strip('/')}/{raw['scope']}/"
        return Config(prefix, etcd["url"], tls, members, Limits(**raw.get("limits", {})))
    except KeyError as error:
        raise ValueError(f"{path}: {error} is missing; needed: namespace, scope, members, etcd") from error
    except (OSError, TypeError, AttributeError, json.JSONDecodeError) as error:
        raise ValueError(f"{path}: {error}") from error


@dataclass
class Member:
    """One member as last looked at."""

    name: str
    place: Place
    patroni: str = "absent"
    # The process id and start time that `member.py` wrote.
    patroni_process: tuple[int, int] | None = None
    server: Postmaster | None = None
    gone_since: float | None = None
    patroni_stopped_since: float | None = None
    patroni_age: float = 0.0
    server_stopped_since: float | None = None
    crashed_since: float | None = None
    disowned_since: float | None = None
    lock: int | None = None
    locked: bool = False
    keep_lock_until: float = 0.0
    wake_at: float = 0.0
    watched: dict[int, int] = field(default_factory=dict)
    said: str = ""

    def look(self, now: float) -> None:
        """Looks at Patroni and at the postmaster. A free lock is taken, and kept until `unlock`."""
        self.locked = self.locked or self._try_lock()
        found = None if self.locked or self.lock is None else self._read_process()
        self.patroni_process = (found.pid, found.start) if found else None
        self.patroni_age = found.age if found else 0.0
        if self.lock is None:
            self.patroni = "absent"
        elif self.locked:
            self.patroni = "gone"
        else:
            self.patroni = "frozen" if found and found.state == STOPPED else "alive"
        self.server = postmaster(self.place.data)
        stopped = self.server is not None and self.server.stopped
        if self.patroni == "gone" and self.gone_since is None and self.primary:
            self.keep_lock_until = max(self.keep_lock_until, now + TOGETHER_SECONDS)
        self.gone_since = (self.gone_since or now) if self.patroni == "gone" else None
        self.patroni_stopped_since = (self.patroni_stopped_since or now) if self.patroni == "frozen" else None
        self.server_stopped_since = (self.server_stopped_since or now) if stopped else None
        crashed = self.server is None and was_taking_writes(self.place.data)
        self.crashed_since = (self.crashed_since or now) if crashed else None
        self._watch()

    def forget_times(self) -> None:
        self.gone_since = self.patroni_stopped_since = self.server_stopped_since = self.disowned_since = None
        self.crashed_since = None

    @property
    def primary(self) -> bool:
        return self.server is not None and self.server.primary

    @property
    def healthy(self) -> bool:
        return self.patroni == "alive" and self.server is not None and not self.server.stopped

    @property
    def summary(self) -> str:
        server = "none" if self.server is None else "stopped" if self.server.stopped else "running"
        return f"patroni={self.patroni} postmaster={server}{' primary' if self.primary else ''}"

    def take_lock(self, timeout: float) -> bool:
        deadline = time.monotonic() + timeout
        while not self.locked and time.monotonic() < deadline:
            self.locked = self._try_lock()
            if not self.locked:
                time.sleep(0.002)
        return self.locked

    def unlock(self) -> None:
        if self.locked and self.lock is not None:
            fcntl.flock(self.lock, fcntl.LOCK_UN)
        self.locked = False

    def close(self) -> None:
        for descriptor in [*self.watched.values(), *([] if self.lock is None else [self.lock])]:
            os.close(descriptor)
        self.watched, self.lock, self.locked = {}, None, False

    def _try_lock(self) -> bool:
        path = self.place.lock
        if self.lock is not None and not same_file(self.lock, path):
            os.close(self.lock)
            self.lock = None
        try:
            if self.lock is None:
                self.lock = open_lock(path)
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        if not same_file(self.lock, path):
            os.close(self.lock)
            self.lock = None
            return False
        return True

    def _read_process(self) -> Stat | None:
        try:
            pid, start = map(int, os.pread(self.lock or 0, 64, 0).split())
        except (OSError, ValueError):
            return None
        found = stat(pid)
        return found if found and found.start == start else None

    def _watch(self) -> None:
        wanted = {self.server.pid} if self.server else set()
        if self.patroni_process:
            wanted.add(self.patroni_process[0])
        for pid in self.watched.keys() - wanted:
            os.close(self.watched.pop(pid))
        for pid in wanted - self.watched.keys():
            descriptor = open_pidfd(pid)
            if descriptor is not None:
                self.watched[pid] = descriptor


class Guard:
    def __init__(self, path: str) -> None:
        self.path = path
        self.members: dict[str, Member] = {}
        self.key: LeaderKey | None = None
        self.lease_left: float | None = None
        self.failsafe = False
        self.ask_at = 0.0
        self.answered_at = 0.0
        self.steady_since: float | None = None
        self.ticked_at = 0.0
        self.configure()

    def configure(self) -> None:
        self.config = read_config(self.path)
        self.etcd = Etcd(self.config.url, self.config.tls, self.config.prefix)
        for name in [name for name, one in self.members.items() if self.config.members.get(name) != one.place]:
            self.members.pop(name).close()
        for name, place in self.config.members.items():
            self.members.setdefault(name, Member(name, place))
        log("watching", members=",".join(self.members), etcd=self.config.url, limits=self.config.limits)

    def tick(self) -> None:
        now = time.monotonic()
        if now - self.ticked_at > STALL_SECONDS:
            for member in self.members.values():
                member.forget_times()
        for member in self.members.values():
            member.look(now)
        fresh = (now >= self.ask_at or any(map(self._in_question, self.members.values()))) and self._ask()
        now = time.monotonic()
        for member in self.members.values():
            self._judge(member, fresh, now)
        for member in self.members.values():
            if member.keep_lock_until < time.monotonic():
                member.keep_lock_until = 0.0
                member.unlock()
        self.ticked_at = time.monotonic()

    def _in_question(self, member: Member) -> bool:
        """Whether what etcd said last does not settle what to do with the member."""
        holder = self.key.holder if self.key else None
        if not member.primary and member.name != holder:
            return False
        waiting = self.steady_since is None and time.monotonic() < self.ask_at
        return not waiting and (not member.healthy or member.primary != (member.name == holder))

    def _ask(self) -> bool:
        """Reads the leader key, after the members were looked at. False: etcd does not answer."""
        now = time.monotonic()
        self.ask_at = now + ETCD_EVERY_SECONDS
        try:
            key = self.etcd.leader()
            self.lease_left = self.etcd.lease_left(key.lease)
        except EtcdError as error:
            if self.steady_since is not None or self.answered_at == 0:
                log("etcd does not answer; primaries with a live Patroni are left alone", error=error)
                self.answered_at = now
            self.steady_since = None
            self.ask_at = time.monotonic() + ETCD_EVERY_SECONDS
            return False
        if self.steady_since is None or now - self.answered_at > STALL_SECONDS:
            self.steady_since = now
        self.answered_at = now
        if self.key is None or self.key.holder != key.holder or self.key.paused != key.paused:
            log("leader key", holder=key.holder, revision=key.mod_revision, maintenance=key.paused)
        self.key = key
        low = self.lease_left is not None and self.lease_left < self.config.limits.lease_hung
        self.failsafe = low and self._asks_failsafe(key)
        return True

    def _asks_failsafe(self, key: LeaderKey) -> bool:
        holder = self.members.get(key.holder or "")
        if holder is None or holder.patroni != "alive":
            return False
        url = self._api_url(holder)
        return url is not None and leads_by_failsafe(url, self._tls)

    @property
    def _tls(self) -> ssl.SSLContext:
        return self.config.tls or ssl.create_default_context()

    def _api_url(self, member: Member) -> str | None:
        try:
            return self.etcd.api_url(member.name)
        except EtcdError:
            return None

    def _judge(self, member: Member, fresh: bool, now: float) -> None:
        if member.summary != member.said:
            log(member.name, state=member.summary)
            member.said = member.summary
        if member.patroni == "absent":
            return
        if fresh and self.key is not None:
            if self.key.holder != member.name:
                member.keep_lock_until = 0.0
            disowned = member.primary and self.key.holder not in (None, member.name)
            member.disowned_since = (member.disowned_since or now) if disowned else None
        seen = Observation(
            member=member.name,
            patroni=member.patroni,
            patroni_gone_for=now - (member.gone_since or now),
            patroni_frozen_for=now - (member.patroni_stopped_since or now),
            patroni_age=member.patroni_age,
            postmaster="none" if member.server is None else "frozen" if member.server.stopped else "running",
            postmaster_frozen_for=now - (member.server_stopped_since or now),
            crashed_for=now - (member.crashed_since or now),
            others=any(one.healthy for one in self.members.values() if one is not member),
            primary=member.primary,
            etcd_steady_for=now - (self.steady_since or now) if fresh else None,
            holder=self.key.holder if fresh and self.key else None,
            lease_left=self.lease_left if fresh else None,
            disowned_for=now - (member.disowned_since or now),
            failsafe=self.failsafe,
            paused=self.key is not None and self.key.paused,
        )
        decision = decide(seen, self.config.limits)
        if decision.action is Action.NOTHING:
            return
        if decision.action is Action.WAKE:
            self._wake(member, decision.reason)
            return
        log(f"{decision.action.value} {member.name}", reason=repr(decision.reason), evidence=seen)
        if decision.action is not Action.REVIVE:
            self._prove_and_release(member)
        elif member.patroni_process:
            kill(*member.patroni_process)

    def _wake(self, member: Member, reason: str) -> None:
        if time.monotonic() < member.wake_at:
            return
        url = self._api_url(member)
        answered = url is not None and wake(url, self._tls)
        log(f"wake {member.name}", reason=repr(reason), answered=answered)
        member.wake_at = time.monotonic() + WAKE_AGAIN_SECONDS

    def _prove_and_release(self, member: Member) -> None:
        """The same to fence and to release: what is dead already needs no killing."""
        began = time.monotonic()
        if not member.locked:
            if member.patroni_process:
                kill(*member.patroni_process)
            if not member.take_lock(2.0):
                log(f"{member.name}: its lock cannot be had, looking again", patroni=member.patroni_process)
                return
        proof = kill_all(*member.place)
        spent = f"{(time.monotonic() - began) * 1000:.0f}ms"
        if not proof.proven:
            log(f"{member.name}: not proven dead, keeping its key", killed=proof.killed, left=proof.left, after=spent)
            return
        log(f"{member.name}: proven dead", killed=proof.killed, after=spent)
        self._release(member)

    def _release(self, member: Member) -> None:
        try:
            key = self.etcd.leader()
        except EtcdError as error:
            log(f"{member.name}: leader key not released, etcd does not answer", error=error)
            return
        if key.holder != member.name:
            log(f"{member.name}: the leader key is not its own, nothing to release", holder=key.holder)
            return
        try:
            deleted = self.etcd.delete_leader(key)
        except EtcdError as error:
            # Only the answer may have been lost: point 2 above.
            member.keep_lock_until = member.keep_lock_until or time.monotonic() + KEEP_LOCK_SECONDS
            log(f"{member.name}: whether the leader key is released is unknown, looking again", error=error)
            return
        said = "released" if deleted else "changed meanwhile, looking again"
        log(f"{member.name}: leader key {said}", revision=key.mod_revision)
        member.keep_lock_until = 0.0

    def wait(self, wake: socket.socket) -> None:
        poll = select.poll()
        poll.register(wake, select.POLLIN)
        for member in self.members.values():
            for descriptor in member.watched.values():
                poll.register(descriptor, select.POLLIN)
        if any(found == wake.fileno() for found, _ in poll.poll(TICK_SECONDS * 1000)):
            wake.recv(4096)


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print("use: guard.py CONFIG.json", file=sys.stderr)
        return 2
    try:
        guard = Guard(arguments[0])
    except ValueError as error:
        print(f"guard: {error}", file=sys.stderr)
        return 2
    received: set[int] = set()
    wake, wakes = socket.socketpair()
    wakes.setblocking(False)
    signal.set_wakeup_fd(wakes.fileno(), warn_on_full_buffer=False)
    for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda one, _: received.add(one))
    while not received & {signal.SIGTERM, signal.SIGINT}:
        if signal.SIGHUP in received:
            received.discard(signal.SIGHUP)
            try:
                guard.configure()
            except ValueError as error:
                log("configuration kept as it was", error=error)
        guard.tick()
        guard.wait(wake)
    log("ends")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
