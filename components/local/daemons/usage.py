"""What one member's processes use of the machine, as the kernel tells. Linux only (/proc)."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from processes import Postmaster, postmaster

TICKS = os.sysconf("SC_CLK_TCK")
KB = 1024


@dataclass(frozen=True)
class Usage:
    """Of a postmaster and its children. Seconds and bytes; the counters also have what ended children used."""

    cpu_seconds: float
    read_bytes: int
    written_bytes: int
    # Memory of the processes' own, and the shared memory they have touched, once.
    memory_bytes: int
    processes: int


@dataclass
class Meter:
    """Usage of one member over time: its counters never go back while the same postmaster lives."""

    data: str
    pid: int = 0
    last: Usage | None = field(default=None)

    def read(self) -> Usage | None:
        """None: it does not run."""
        found = postmaster(self.data)
        if found is None:
            return None
        now = usage(found)
        # A child that ends while we look is counted with itself and with its parent, or with neither: a counter that
        # seems to go back would be taken for one that began anew.
        if self.last is not None and self.pid == found.pid:
            now = Usage(
                max(now.cpu_seconds, self.last.cpu_seconds),
                max(now.read_bytes, self.last.read_bytes),
                max(now.written_bytes, self.last.written_bytes),
                now.memory_bytes,
                now.processes,
            )
        self.pid, self.last = found.pid, now
        return now


def usage(server: Postmaster) -> Usage:
    pids = [server.pid, *_children(server.pid)]
    cpu = sum(_cpu(pid, with_ended_children=pid == server.pid) for pid in pids)
    # The kernel adds what an ended child read and wrote to its parent by itself.
    io = [_numbers(f"/proc/{pid}/io", ("read_bytes", "write_bytes")) for pid in pids]
    memory = [_numbers(f"/proc/{pid}/status", ("RssAnon", "RssShmem")) for pid in pids]
    own = sum(one["RssAnon"] for one in memory)
    shared = max((one["RssShmem"] for one in memory), default=0)
    return Usage(
        cpu,
        sum(one["read_bytes"] for one in io),
        sum(one["write_bytes"] for one in io),
        (own + shared) * KB,
        len(pids),
    )


def _children(pid: int) -> list[int]:
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            return [int(word) for word in file.read().split()]
    except OSError:
        return []


def _cpu(pid: int, with_ended_children: bool) -> float:
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            fields = file.read().rpartition(")")[2].split()
    except OSError:
        return 0.0
    # utime, stime and, of children that were waited for, cutime and cstime: see proc(5).
    return sum(int(ticks) for ticks in fields[11 : 15 if with_ended_children else 13]) / TICKS


def _numbers(path: str, names: tuple[str, ...]) -> dict[str, int]:
    """ "name: 12 kB" -> 12, of each of `names`; 0 where there is none, or the process ended."""
    found = dict.fromkeys(names, 0)
    try:
        with open(path, encoding="ascii", errors="replace") as file:
            for line in file:
                name, _, rest = line.partition(":")
                if name in found:
                    found[name] = int(rest.split()[0])
    except OSError:
        pass
    return found
