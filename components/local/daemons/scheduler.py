"""Takes the local cluster's backups when they are due: `scheduler.py CONFIG.json`.

Every day a full backup into repository 1 and, once a month, one into the archive's repository; what is too old expires
with each backup. What exists is asked of pgBackRest, so a backup somebody took by hand counts, and nothing is taken
twice after a restart. A failed backup is tried again after 5 minutes, then at growing intervals up to an hour.

Runs as the database's user. One line for every decision to stdout; the last results stand in the status file (JSON,
replaced whole). SIGHUP reads the configuration again, SIGUSR1 takes a full backup now, SIGTERM ends a running backup
(pgBackRest cleans up after itself) and the scheduler. Configuration:
  {"stanza": "…", "pgbackrest": ["program", "option", …], "daily": {"start": "01:00", "timeZone": "Europe/Berlin"},
   "monthly": {"day": 1, "repo": 2} or null, "statusFile": "…", "lockFile": "…"}
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from types import FrameType
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from schedule import Schedule, due, next_start, retry_after

TICK_SECONDS = 15.0
# Somebody else may take backups too: what exists is asked again this often.
LOOK_SECONDS = 600.0


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


def read_config(path: str) -> Config:
    """ValueError says what is wrong with the file."""
    try:
        with open(path, encoding="utf-8") as file:
            raw: dict[str, Any] = json.load(file)
        hour, minute = (int(part) for part in raw["daily"]["start"].split(":"))
        monthly = raw["monthly"]
        schedule = Schedule(hour, minute, ZoneInfo(raw["daily"]["timeZone"]), monthly["day"] if monthly else None)
        repo = monthly["repo"] if monthly else 0
        return Config(raw["stanza"], raw["pgbackrest"], schedule, repo, raw["statusFile"], raw["lockFile"])
    except ZoneInfoNotFoundError as error:
        raise ValueError(f"{path}: {error}; install the system's time zones (package tzdata)") from error
    except KeyError as error:
        raise ValueError(f"{path}: {error} is missing") from error
    except (OSError, TypeError, ValueError) as error:
        raise ValueError(f"{path}: {error}") from error


@dataclass
class Kind:
    """One kind of backup, and how the last tries of it went."""

    name: str
    failures: int = 0
    not_before: float = 0.0
    last_success: float | None = None
    last_failure: dict[str, Any] | None = None


@dataclass
class Scheduler:
    path: str
    config: Config
    daily: Kind = field(default_factory=lambda: Kind("daily"))
    archive: Kind = field(default_factory=lambda: Kind("archive"))
    fulls: list[float] = field(default_factory=list)
    archives: list[float] = field(default_factory=list)
    looked_at: float = float("-inf")
    child: subprocess.Popen[str] | None = None
    ending: bool = False
    reread: bool = False
    now_asked: bool = False

    def run(self) -> int:
        signal.signal(signal.SIGHUP, self._on_signal)
        signal.signal(signal.SIGUSR1, self._on_signal)
        signal.signal(signal.SIGTERM, self._on_signal)
        while not self.ending:
            if self.reread:
                self._reread()
            self.tick(time.time())
            if not self.ending and not self.reread and not self.now_asked:
                # A signal interrupts the wait only by raising; short naps see it soon enough.
                end = time.monotonic() + TICK_SECONDS
                while time.monotonic() < end and not (self.ending or self.reread or self.now_asked):
                    time.sleep(0.2)
        return 0

    def tick(self, now: float) -> None:
        # The wall clock decides what is due; how long ago we looked is a matter of the other.
        if time.monotonic() - self.looked_at > LOOK_SECONDS and not self._look():
            return
        wanted = due(now, self.fulls, self.archives, self.config.schedule)
        if self.now_asked or (wanted.daily and time.monotonic() >= self.daily.not_before):
            self.now_asked = False
            self._back_up(self.daily, 1)
        if wanted.archive and not self.ending and time.monotonic() >= self.archive.not_before:
            self._back_up(self.archive, self.config.archive_repo)
        self._write_status(now)

    def _look(self) -> bool:
        """Asks pgBackRest what there is. False: it did not say."""
        answer = self._pgbackrest("--output=json", "info")
        if answer is None or answer[0] != 0:
            log(f"pgbackrest info failed: {'' if answer is None else answer[1].strip()[-300:]}")
            return False
        stanza = next((one for one in json.loads(answer[1]) if one.get("name") == self.config.stanza), {})
        good = [one for one in stanza.get("backup", []) if one["type"] == "full" and not one.get("error")]
        repo = self.config.archive_repo
        self.fulls = [float(one["timestamp"]["stop"]) for one in good if one["database"]["repo-key"] == 1]
        self.archives = [float(one["timestamp"]["stop"]) for one in good if one["database"]["repo-key"] == repo]
        self.daily.last_success = max(self.fulls, default=None)
        self.archive.last_success = max(self.archives, default=None)
        self.looked_at = time.monotonic()
        return True

    def _back_up(self, kind: Kind, repo: int) -> None:
        with open(self.config.lock_file, "w", encoding="utf-8") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                log(f"{kind.name}: another scheduler is at work, waiting")
                kind.not_before = time.monotonic() + 60
                return
            log(f"{kind.name}: full backup into repository {repo}")
            started = time.monotonic()
            answer = self._pgbackrest(f"--repo={repo}", "--type=full", "backup")
        if self.ending:
            return
        if answer is not None and answer[0] == 0:
            log(f"{kind.name}: done in {time.monotonic() - started:.1f} s")
            kind.failures, kind.not_before, kind.last_failure = 0, 0.0, None
            self._look()
            return
        kind.failures += 1
        wait = retry_after(kind.failures)
        kind.not_before = time.monotonic() + wait
        message = "" if answer is None else answer[1].strip()[-1000:]
        kind.last_failure = {"at": time.time(), "message": message, "inARow": kind.failures}
        log(f"{kind.name}: failed, next try in {wait:.0f} s: {message}")

    def _pgbackrest(self, *arguments: str) -> tuple[int, str] | None:
        """Exit code and output; None when the scheduler is asked to end meanwhile."""
        command = [*self.config.pgbackrest, f"--stanza={self.config.stanza}", *arguments]
        self.child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd="/")
        try:
            output, _ = self.child.communicate()
            return None if self.ending else (self.child.returncode, output)
        finally:
            self.child = None

    def _write_status(self, now: float) -> None:
        kinds = [self.daily] + ([self.archive] if self.config.archive_repo else [])
        status = {
            "writtenAt": now,
            "nextStart": next_start(now, self.config.schedule).timestamp(),
            **{one.name: {"lastSuccess": one.last_success, "lastFailure": one.last_failure} for one in kinds},
        }
        part = f"{self.config.status_file}.part"
        with open(part, "w", encoding="utf-8") as file:
            json.dump(status, file, indent=2)
        os.replace(part, self.config.status_file)

    def _reread(self) -> None:
        self.reread = False
        try:
            self.config = read_config(self.path)
            self.looked_at = float("-inf")
            log("configuration read again")
        except ValueError as error:
            log(f"keeping the old configuration: {error}")

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
