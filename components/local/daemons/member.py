"""Runs one member's Patroni so that its life can be seen from outside: `member.py LOCK -- PATRONI [ARGUMENT…]`.

Takes an exclusive flock on the file LOCK and becomes Patroni (exec: same process id, so supervisord's signals
reach it). The kernel drops the lock when that process ends, however it ends; Python closes the descriptor in every
program Patroni starts, so neither PostgreSQL nor a helper keeps the lock. Whoever can take the lock therefore knows
that this member has no Patroni, and none starts while he keeps it: that is what `guard.py` builds on. Start Patroni
no other way.

The environment variable LICENSE_DB_MEMBER=LOCK is inherited by everything Patroni starts: by it the guard also finds
a PostgreSQL that has been forked but has not entered its data folder yet.

Exits 2 on wrong use, 75 when another Patroni of this member lives (supervisord tries again).
"""

from __future__ import annotations

import fcntl
import os
import sys
import time

MARKER = "LICENSE_DB_MEMBER"
WAIT_SECONDS = 60.0


def open_lock(path: str) -> int:
    """A descriptor of the lock file, made when missing. OSError when its folder is missing."""
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def same_file(descriptor: int, path: str) -> bool:
    """Whether `path` still names the open file: its folder may have been removed and made again."""
    try:
        named, opened = os.stat(path), os.fstat(descriptor)
    except OSError:
        return False
    return (named.st_dev, named.st_ino) == (opened.st_dev, opened.st_ino)


def take_lock(path: str, wait: float = WAIT_SECONDS) -> int | None:
    """The locked descriptor, or None when somebody else keeps the lock for longer than `wait` seconds."""
    deadline = time.monotonic() + wait
    while True:
        descriptor = open_lock(path)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if same_file(descriptor, path):
                return descriptor
        except BlockingIOError:
            pass
        os.close(descriptor)
        if time.monotonic() >= deadline:
            return None
        time.sleep(0.02)


def start_ticks(pid: int | str) -> int:
    """Clock ticks from boot to the start of a process: with the id it names a process for ever."""
    with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
        return int(file.read().rpartition(")")[2].split()[19])


def main(arguments: list[str]) -> int:
    if len(arguments) < 3 or arguments[1] != "--":
        print("use: member.py LOCK -- PATRONI [ARGUMENT…]; LOCK is a file that is made when missing", file=sys.stderr)
        return 2
    path, command = os.path.realpath(arguments[0]), arguments[2:]
    try:
        descriptor = take_lock(path)
    except OSError as error:
        print(f"member: cannot lock {path}: {error.strerror}; its folder must exist and be ours", file=sys.stderr)
        return 2
    if descriptor is None:
        print(f"member: not starting: {path} is locked, so another Patroni of this member still runs", file=sys.stderr)
        return 75
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()} {start_ticks('self')}\n".encode(), 0)
    os.set_inheritable(descriptor, True)
    try:
        os.execve(command[0], command, {**os.environ, MARKER: path})
    except OSError as error:
        print(f"member: cannot run {command[0]}: {error.strerror}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
