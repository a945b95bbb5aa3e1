"""Answers cases for the vitest files beside it: `cases.py NAME < cases.json`, a JSON list in, a JSON list out."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).parents[3] / "components/local/daemons"))

from fencing import Limits, Observation, decide  # noqa: E402
from schedule import Schedule, due, last_start, next_start, retry_after  # noqa: E402


def schedule_of(raw: dict[str, Any]) -> Schedule:
    hour, minute = map(int, raw["start"].split(":"))
    return Schedule(hour, minute, ZoneInfo(raw["zone"]), raw.get("archiveDay"))


def fencing(case: dict[str, Any]) -> Any:
    decision = decide(Observation(**case), Limits())
    return {"action": decision.action.value, "reason": decision.reason}


def window(case: dict[str, Any]) -> Any:
    schedule = schedule_of(case)
    return [last_start(case["now"], schedule).timestamp(), next_start(case["now"], schedule).timestamp()]


def is_due(case: dict[str, Any]) -> Any:
    return asdict(due(case["now"], case["fulls"], case["archives"], schedule_of(case)))


def retry(case: int) -> Any:
    return retry_after(case)


def simulate(case: dict[str, Any]) -> Any:
    """Lives through `ticks` (what the clock shows, in turn) and takes every backup at once: when each was taken.

    The newest 15 full backups are kept, as on a real machine.
    """
    schedule = schedule_of(case)
    fulls: list[float] = list(case.get("fulls", []))
    archives: list[float] = []
    taken: list[list[Any]] = []
    for now in case["ticks"]:
        wanted = due(now, fulls, archives, schedule)
        if wanted.daily:
            fulls = [*fulls, now][-15:]
            taken.append(["daily", now])
        if wanted.archive:
            archives.append(now)
            taken.append(["archive", now])
    return taken


KINDS = {"fencing": fencing, "window": window, "due": is_due, "retry": retry, "simulate": simulate}
json.dump([KINDS[sys.argv[1]](case) for case in json.load(sys.stdin)], sys.stdout)
