"""What the kernel says of one member's processes, and the proof that none is left. Linux only (/proc)."""

from __future__ import annotations

import os
import signal
import struct
import time
from dataclasses import dataclass

from member import MARKER, start_ticks

STOPPED = "T"
DEAD = "ZX"
KERNEL_THREAD = 0x00200000
# A process in the middle of exec shows an empty environment for an instant.
YOUNG_SECONDS = 2.0
# DBState in pg_control, PostgreSQL 9.3 to 18: four bytes behind the system identifier and two version numbers.
CONTROL_STATE_OFFSET = 16
IN_PRODUCTION = 6
PID_FILE_STATUS_LINE = 7
READY = ("ready", "standby")


@dataclass(frozen=True)
class Stat:
    """One process: its state letter (see proc(5)) and when it started, in clock ticks from boot."""

    pid: int
    state: str
    start: int
    flags: int

    @property
    def alive(self) -> bool:
        return self.state not in DEAD

    @property
    def age(self) -> float:
        return time.clock_gettime(time.CLOCK_BOOTTIME) - self.start / os.sysconf("SC_CLK_TCK")


def stat(pid: int) -> Stat | None:
    """None when there is no such process."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            fields = file.read().rpartition(")")[2].split()
    except OSError:
        return None
    return Stat(pid, fields[0], int(fields[19]), int(fields[6]))


def runs(pid: int, started: str) -> bool:
    """Whether a process still runs. `started`: boot and clock tick, by which components/local/tools names it, too."""
    found = stat(pid)
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            boot = file.read().strip()
    except OSError:
        return False
    return found is not None and found.alive and f"{boot}/{found.start}" == started


def _link(pid: int, name: str) -> str:
    try:
        return os.readlink(f"/proc/{pid}/{name}").removesuffix(" (deleted)")
    except OSError:
        return ""


def _is_server(pid: int, data: str) -> bool:
    """A postgres process whose working directory is the data folder: every server process stays there for life."""
    return _link(pid, "cwd") == data and os.path.basename(_link(pid, "exe")) == "postgres"


@dataclass(frozen=True)
class Postmaster:
    pid: int
    stopped: bool
    # It accepts writes, or did when it was stopped.
    primary: bool


def postmaster(data: str) -> Postmaster | None:
    """The member's live postmaster as its pid file names it. A stale file (another program has the id) is seen."""
    try:
        with open(os.path.join(data, "postmaster.pid"), encoding="utf-8", errors="replace") as file:
            lines = file.read().splitlines()
        pid = abs(int(lines[0]))
    except (OSError, ValueError, IndexError):
        return None
    found = stat(pid)
    if found is None or not found.alive or not _is_server(pid, data):
        return None
    status = lines[PID_FILE_STATUS_LINE].strip() if len(lines) > PID_FILE_STATUS_LINE else ""
    # A hot standby is "ready" too. pg_control tells them apart, but only once the server is up: after a crash it says
    # "in production" until recovery begins. A promotion writes it before the first write is accepted.
    primary = status in READY and _control_state(data) == IN_PRODUCTION
    return Postmaster(pid, found.state == STOPPED, primary)


def was_taking_writes(data: str) -> bool:
    """Of a member without a postmaster: its last one took writes and did not come to shut down, so it crashed."""
    return _control_state(data) == IN_PRODUCTION


def _control_state(data: str) -> int:
    try:
        with open(os.path.join(data, "global", "pg_control"), "rb") as file:
            return int(struct.unpack_from("=i", file.read(32), CONTROL_STATE_OFFSET)[0])
    except (OSError, struct.error):
        return 0


@dataclass(frozen=True)
class Scan:
    # The member's processes: server processes and everything its Patroni started.
    pids: tuple[int, ...]
    # Processes too young to tell.
    unsure: tuple[int, ...]

    @property
    def clean(self) -> bool:
        return not self.pids and not self.unsure


def scan(data: str, lock: str) -> Scan:
    """All live processes of the member, Patroni among them.

    The working directory is read before the environment: a server process overwrites its environment, but only after
    it has entered the data folder. So no server process can slip between the two looks.
    """
    marker = b"\0" + f"{MARKER}={lock}".encode() + b"\0"
    mine, uid, pids, unsure = os.getpid(), os.geteuid(), [], []
    for name in os.listdir("/proc"):
        if not name.isdigit() or int(name) == mine:
            continue
        pid = int(name)
        try:
            if os.stat(f"/proc/{name}").st_uid != uid:
                continue
            if _is_server(pid, data):
                is_ours, environment = True, b""
            else:
                with open(f"/proc/{name}/environ", "rb") as file:
                    environment = file.read()
                is_ours = marker in b"\0" + environment + b"\0"
        except OSError:
            continue
        if not is_ours and environment:
            continue
        found = stat(pid)
        if found is None or not found.alive or found.flags & KERNEL_THREAD:
            continue
        if is_ours:
            pids.append(pid)
        elif found.age < YOUNG_SECONDS:
            unsure.append(pid)
    return Scan(tuple(pids), tuple(unsure))


def open_pidfd(pid: int) -> int | None:
    """A descriptor that names this very process and becomes readable when it ends; None before Linux 5.3."""
    try:
        return os.pidfd_open(pid)
    except OSError:
        return None


def kill(pid: int, start: int) -> bool:
    """SIGKILL to exactly this process, which a reused process id is not. False when it was gone already."""
    descriptor = open_pidfd(pid)
    try:
        if start_ticks(pid) != start:
            return False
        if descriptor is None:
            os.kill(pid, signal.SIGKILL)
        else:
            signal.pidfd_send_signal(descriptor, signal.SIGKILL)
        return True
    except OSError:
        return False
    finally:
        if descriptor is not None:
            os.close(descriptor)


@dataclass(frozen=True)
class Proof:
    proven: bool
    killed: tuple[int, ...]
    # What is still there when nothing is proven.
    left: tuple[int, ...] = ()


def kill_all(data: str, lock: str, timeout: float = 10.0) -> Proof:
    """Kills every process of the member and proves that none is left. Hold the member's lock.

    SIGKILL at once, not SIGQUIT first: recovery is the same, it works on stopped processes, and the proof comes sooner.
    The proof is two clean looks in a row: while it reads /proc, one look can miss a child forked behind its back by a
    parent that died before the look reached it.
    """
    deadline = time.monotonic() + timeout
    killed: list[int] = []
    clean = 0
    while True:
        seen = scan(data, lock)
        clean = clean + 1 if seen.clean else 0
        if clean == 2:
            return Proof(True, tuple(killed))
        # The postmaster has the lowest start time: it goes first, so that it starts no more.
        for found in sorted(filter(None, map(stat, seen.pids)), key=lambda one: one.start):
            if found.pid not in killed and kill(found.pid, found.start):
                killed.append(found.pid)
        if time.monotonic() >= deadline:
            return Proof(False, tuple(killed), seen.pids + seen.unsure)
        time.sleep(0.003)
