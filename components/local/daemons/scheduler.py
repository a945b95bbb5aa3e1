"""Takes the local cluster's backups when they are due: `scheduler.py CONFIG.json`.

Every day a full backup into repository 1 and, once a month, one into the archive's repository; what is too old expires
with each backup. The day after an archive was made it is proven restorable (proof.py). What exists is asked of
pgBackRest, so a backup somebody took by hand counts, and nothing is taken twice after a restart. A failed backup is
tried again after 5 minutes, then at growing intervals up to an hour.

Runs as the database's user. One line for every decision to stdout; the last results stand in the status file (JSON,
replaced whole). SIGHUP reads the configuration again, SIGUSR1 takes a full backup now, SIGTERM ends a running backup
(pgBackRest cleans up after itself) and the scheduler. Configuration:
  {"stanza": "…", "pgbackrest": ["program", "option", …], "daily": {"start": "01:00", "timeZone": "Europe/Berlin"},
   "monthly": {"day": 1, "repo": 2} or null, "statusFile": "…", "lockFile": "…", "proof": {…}}; without
  "proof", of which proof.py tells, archives are not proven.
Status (times in seconds since the epoch; "archive" and "proof" only with "monthly"):
  {"writtenAt": …, "nextStart": …, "running": {"name": "daily", "since": …} or null, "problem": "…" or null,
   "daily": {"lastSuccess": … or null, "lastFailure": {"at": …, "message": "…", "inARow": 1} or null}, "archive": …,
   "proof": {"backup": "…" or null, "backedUpAt": … or null, "seconds": {"all": …}, "lastSuccess": …, "lastFailure": …}}
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from types import FrameType
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from schedule import PROOF_DELAY, Schedule, due, next_start, proof_due, retry_after

TICK_SECONDS = 15.0
# Somebody else may take backups too: what exists is asked again this often, and before each backup.
LOOK_SECONDS = 600.0
BUSY_RETRY = 60.0
# pgBackRest's exit code when another of its processes is at work on the stanza.
LOCK_HELD = 50


def log(text: str) -> None:
    print(time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "scheduler:", text, flush=True)


@dataclass(frozen=True)
class Config:
    stanza: str
    pgbackrest: list[str]
    schedule: Schedule
    archive_repo: int
    status_file: str
    lock_file: str
    # Seconds from an archive to its proof; None: it is not proven.
    proof_delay: float | None


def read_config(path: str) -> Config:
    """ValueError says what is wrong with the file."""
    try:
        with open(path, encoding="utf-8") as file:
            raw: dict[str, Any] = json.load(file)
        start = raw["daily"]["start"]
        if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", start):
            raise ValueError(f"daily.start: {start!r}; a time from 00:00 to 23:59 is needed")
        monthly = raw["monthly"]
        if monthly and monthly["day"] not in range(1, 29):
            raise ValueError(f"monthly.day: {monthly['day']!r}; a day from 1 to 28 is needed, as every month has it")
        zone = ZoneInfo(raw["daily"]["timeZone"])
        schedule = Schedule(int(start[:2]), int(start[3:]), zone, monthly["day"] if monthly else None)
        repo = monthly["repo"] if monthly else 0
        delay = raw["proof"].get("delay", PROOF_DELAY) if monthly and "proof" in raw else None
        return Config(raw["stanza"], raw["pgbackrest"], schedule, repo, raw["statusFile"], raw["lockFile"], delay)
    except ZoneInfoNotFoundError as error:
        raise ValueError(f"{path}: {error}; install the system's time zones (package tzdata)") from error
    except KeyError as error:
        raise ValueError(f"{path}: {error} is missing") from error
    except (OSError, TypeError, ValueError) as error:
        raise ValueError(f"{path}: {error}") from error


class Answer(NamedTuple):
    """What a run of pgBackRest came to."""

    code: int
    output: str

    @property
    def message(self) -> str:
        return self.output.strip()[-1000:] or f"exit code {self.code}"


@dataclass
class Kind:
    """One kind of backup, and how the last tries of it went."""

    name: str
    failures: int = 0
    # Of the monotonic clock: a changed wall clock neither hurries nor holds up the next try.
    not_before: float = 0.0
    last_success: float | None = None
    last_failure: dict[str, Any] | None = None


@dataclass
class Scheduler:
    path: str
    config: Config
    daily: Kind = field(default_factory=lambda: Kind("daily"))
    archive: Kind = field(default_factory=lambda: Kind("archive"))
    proof: Kind = field(default_factory=lambda: Kind("proof"))
    # What the last proof that succeeded said.
    proven: dict[str, Any] = field(default_factory=dict)
    fulls: list[float] = field(default_factory=list)
    archives: list[float] = field(default_factory=list)
    looked_at: float = float("-inf")
    running: dict[str, Any] | None = None
    # Why nothing is known of the backups there are.
    problem: str | None = None
    child: subprocess.Popen[str] | None = None
    ending: bool = False
    reread: bool = False
    now_asked: bool = False

    def run(self) -> int:
        wake, wakes = socket.socketpair()
        for end in (wake, wakes):
            end.setblocking(False)
        signal.set_wakeup_fd(wakes.fileno(), warn_on_full_buffer=False)
        for number in (signal.SIGHUP, signal.SIGUSR1, signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)
        self._remember()
        log(f"backing up {self.config.stanza}; the next window opens {self._next()}")
        while not self.ending:
            if self.reread:
                self._reread()
            self.tick()
            if select.select([wake], [], [], TICK_SECONDS)[0]:
                wake.recv(4096)
        log("ends")
        return 0

    def tick(self) -> None:
        """Takes what is due by now."""
        # The wall clock decides what is due; how long ago we looked is a matter of the other.
        if time.monotonic() - self.looked_at > LOOK_SECONDS:
            self._look()
        if self.now_asked and self._back_up(self.daily, 1):
            self.now_asked = False
        if self._is_due(self.daily) and self._look() and self._is_due(self.daily):
            self._back_up(self.daily, 1)
        if self._is_due(self.archive) and self._look() and self._is_due(self.archive):
            self._back_up(self.archive, self.config.archive_repo)
        if self._proof_is_due():
            self._prove()
        self._write_status()

    def _is_due(self, kind: Kind) -> bool:
        if self.ending or self.problem is not None or time.monotonic() < kind.not_before:
            return False
        wanted = due(time.time(), self.fulls, self.archives, self.config.schedule)
        return wanted.daily if kind is self.daily else wanted.archive

    def _proof_is_due(self) -> bool:
        delay = self.config.proof_delay
        if delay is None or self.ending or self.problem is not None or time.monotonic() < self.proof.not_before:
            return False
        return proof_due(time.time(), self.archives, self.proven.get("backedUpAt"), delay)

    def _prove(self) -> None:
        """Restores the newest archive into a scratch folder and reads all of it."""
        log("proof: restoring the newest archive")
        self.running = {"name": "proof", "since": time.time()}
        self._write_status()
        program = os.path.join(os.path.dirname(os.path.abspath(__file__)), "proof.py")
        answer = self._run([sys.executable, program, self.path, f"--repo={self.config.archive_repo}"])
        self.running = None
        if self.ending:
            return
        try:
            said = json.loads(answer.output.strip().split("\n")[-1])
            problems = "; ".join(said["problems"])
        except (ValueError, KeyError, TypeError):
            said, problems = {}, answer.message
        if answer.code == 0:
            log(f"proof: {said['backup']} is restorable, restored and read in {said['seconds']['all']} s")
            self.proven = {name: said[name] for name in ("backup", "backedUpAt", "seconds")}
            self.proof.last_success = time.time()
            self.proof.failures, self.proof.not_before, self.proof.last_failure = 0, 0.0, None
        else:
            self._failed(self.proof, problems)

    def _look(self) -> bool:
        """Asks pgBackRest what there is. False: it did not say."""
        answer = self._pgbackrest("--output=json", "--log-level-console=off", "--log-level-stderr=error", "info")
        if self.ending:
            return False
        try:
            if answer.code != 0:
                raise ValueError(answer.message)
            mine = [one for one in json.loads(answer.output) if one["name"] == self.config.stanza]
            backups = [one for stanza in mine for one in stanza.get("backup", [])]
            good = [one for one in backups if one["type"] == "full" and not one.get("error")]
            ended = [(one["database"]["repo-key"], float(one["timestamp"]["stop"])) for one in good]
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            if self.problem is None:
                log(f"pgbackrest info failed: {error}")
            self.problem = f"pgbackrest info: {error}"
            self.looked_at = time.monotonic() - LOOK_SECONDS + BUSY_RETRY
            return False
        self.fulls = [stop for repo, stop in ended if repo == 1]
        self.archives = [stop for repo, stop in ended if repo == self.config.archive_repo]
        self.daily.last_success = max(self.fulls, default=None)
        self.archive.last_success = max(self.archives, default=None)
        self.problem, self.looked_at = None, time.monotonic()
        return True

    def _back_up(self, kind: Kind, repo: int) -> bool:
        """False: not tried, somebody else is at work; it is tried again soon."""
        with open(self.config.lock_file, "w", encoding="utf-8") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return self._busy(kind)
            log(f"{kind.name}: full backup into repository {repo}")
            started = time.monotonic()
            self.running = {"name": kind.name, "since": time.time()}
            self._write_status()
            answer = self._pgbackrest(f"--repo={repo}", "--type=full", "backup")
            self.running = None
        if self.ending:
            log(f"{kind.name}: stopped, as the scheduler is to end")
            return True
        if answer.code == LOCK_HELD:
            return self._busy(kind)
        if answer.code == 0:
            log(f"{kind.name}: done in {time.monotonic() - started:.1f} s")
            kind.failures, kind.not_before, kind.last_failure = 0, 0.0, None
            self._look()
            return True
        self._failed(kind, answer.message)
        return True

    def _failed(self, kind: Kind, message: str) -> None:
        kind.failures += 1
        wait = retry_after(kind.failures)
        kind.not_before = time.monotonic() + wait
        kind.last_failure = {"at": time.time(), "message": message, "inARow": kind.failures}
        log(f"{kind.name}: failed, next try in {wait:.0f} s: {message}")

    def _busy(self, kind: Kind) -> bool:
        log(f"{kind.name}: another backup is running, trying again in {BUSY_RETRY:.0f} s")
        kind.not_before = time.monotonic() + BUSY_RETRY
        return False

    def _pgbackrest(self, *arguments: str) -> Answer:
        return self._run([*self.config.pgbackrest, f"--stanza={self.config.stanza}", *arguments])

    def _run(self, command: list[str]) -> Answer:
        """Waits for it. Meaningless when the scheduler is asked to end meanwhile."""
        try:
            self.child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd="/")
        except OSError as error:
            return Answer(127, f"cannot run {command[0]}: {error.strerror}")
        if self.ending:
            self.child.terminate()
        output, _ = self.child.communicate()
        code, self.child = self.child.returncode, None
        return Answer(code, output)

    def _write_status(self) -> None:
        kinds = [self.daily] + ([self.archive] if self.config.archive_repo else [])
        now = time.time()
        status = {
            "writtenAt": now,
            "nextStart": next_start(now, self.config.schedule).timestamp(),
            "running": self.running,
            "problem": self.problem,
            **{one.name: {"lastSuccess": one.last_success, "lastFailure": one.last_failure} for one in kinds},
            **({"proof": self._proof_status()} if self.config.proof_delay is not None else {}),
        }
        part = f"{self.config.status_file}.part"
        with open(part, "w", encoding="utf-8") as file:
            json.dump(status, file, indent=2)
        os.replace(part, self.config.status_file)

    def _proof_status(self) -> dict[str, Any]:
        nothing = {"backup": None, "backedUpAt": None, "seconds": {}}
        outcome = {"lastSuccess": self.proof.last_success, "lastFailure": self.proof.last_failure}
        return {**nothing, **self.proven, **outcome}

    def _remember(self) -> None:
        """Takes the last failures and proof over from the status file: a restart makes no backup good."""
        try:
            with open(self.config.status_file, encoding="utf-8") as file:
                status = json.load(file)
            for kind in (self.daily, self.archive, self.proof):
                kind.last_failure = status.get(kind.name, {}).get("lastFailure")
            proof = status.get("proof", {})
            if proof.get("backup"):
                self.proven = {name: proof[name] for name in ("backup", "backedUpAt", "seconds")}
                self.proof.last_success = proof["lastSuccess"]
        except (OSError, ValueError, AttributeError, KeyError):
            pass

    def _reread(self) -> None:
        self.reread = False
        try:
            self.config = read_config(self.path)
        except ValueError as error:
            log(f"keeping the old configuration: {error}")
            return
        self.looked_at = float("-inf")
        for kind in (self.daily, self.archive, self.proof):
            kind.not_before = 0.0
        log(f"configuration read again; the next window opens {self._next()}")

    def _next(self) -> str:
        return next_start(time.time(), self.config.schedule).isoformat()

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        if number == signal.SIGHUP:
            self.reread = True
        elif number == signal.SIGUSR1:
            self.now_asked = True
        else:
            self.ending = True
            if self.child is not None:
                self.child.terminate()


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print("use: scheduler.py CONFIG.json", file=sys.stderr)
        return 2
    try:
        config = read_config(arguments[0])
    except ValueError as error:
        print(f"scheduler: {error}", file=sys.stderr)
        return 2
    return Scheduler(arguments[0], config).run()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
