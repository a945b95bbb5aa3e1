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
from figures import Figures  # noqa: E402
from processes import runs  # noqa: E402
from routing import Seen  # noqa: E402
from routing import decide as decide_routes  # noqa: E402
from schedule import Schedule, due, last_start, next_start, proof_due, retry_after  # noqa: E402
from telling import tell_backups, tell_drills, tell_member, tell_pooler  # noqa: E402


def schedule_of(raw: dict[str, Any]) -> Schedule:
    hour, minute = map(int, raw["start"].split(":"))
    return Schedule(hour, minute, ZoneInfo(raw["zone"]), raw.get("archiveDay"))


def fencing(case: dict[str, Any]) -> Any:
    decision = decide(Observation(**case), Limits())
    return {"action": decision.action.value, "reason": decision.reason}


def routing(case: list[dict[str, Any]]) -> Any:
    routes = decide_routes(tuple(Seen(**one) for one in case))
    return {"writer": routes.writer, "readers": routes.readers}


def window(case: dict[str, Any]) -> Any:
    schedule = schedule_of(case)
    return [last_start(case["now"], schedule).timestamp(), next_start(case["now"], schedule).timestamp()]


def is_due(case: dict[str, Any]) -> Any:
    return asdict(due(case["now"], case["fulls"], case["archives"], schedule_of(case)))


def retry(case: int) -> Any:
    return retry_after(case)


def proof(case: dict[str, Any]) -> Any:
    return proof_due(case["now"], case["archives"], case.get("proven"))


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


def figures(case: dict[str, Any]) -> Any:
    """The text of what is told of a member, a pooler, the backups or drills."""
    told = Figures()
    if "status" in case:
        tell_backups(told, case["status"], case["madeAt"])
    if "row" in case:
        tell_member(told, {"member": case["member"]}, case["row"])
    if "stats" in case:
        tell_pooler(told, case["pooler"], case["stats"], case["pools"])
    if "drills" in case:
        tell_drills(told, case["drills"], set(case["running"]))
    return told.text()


def process_runs(case: dict[str, Any]) -> Any:
    return runs(case["pid"], case["started"])


KINDS = {
    "figures": figures,
    "runs": process_runs,
    "fencing": fencing,
    "routing": routing,
    "window": window,
    "due": is_due,
    "retry": retry,
    "proof": proof,
    "simulate": simulate,
}
json.dump([KINDS[sys.argv[1]](case) for case in json.load(sys.stdin)], sys.stdout)
