"""Points the poolers at the right members: `router.py CONFIG.json`.

A pooler connects to a unix socket in a folder of its own, a *route*: a symbolic link that this daemon sets to the
socket of the member that shall serve. So no balancer has to carry every byte between the two, and a failover is one
rename.

  writer      the primary. While there is none there is no link: the pooler tries again, and never lands on a replica.
  reader-1…n  the replicas in turn; the primary stands in only while no replica is fit. Every link leads to somebody
              fit, so that the pooler, which goes through them in turn, does not know of a lost member.

Who is what is seen twice. The kernel tells at once when a postmaster ends, and pg_control when a server begins to
accept writes; the member's Patroni, asked over TLS then and once a second, tells whether a primary leads and how far a
replica lags. Patroni's silence or its own restart changes nothing about a primary whose process goes on: a primary
becomes a replica only by a restart, which is another process.

Why no session stays where it should not:

1. A postmaster that has ended takes its sessions along.
2. Where one lives on that is left, links change first, then the pooler is told to RECONNECT. Connections that it opens
   between the two are right already, those from before are closed as soon as their transaction ends, those that are
   just logging in at once. (Told without need, it would take such a login for a failure, and wait.)
3. Where it is the old primary's that lives on, though another leads (stopped by a signal, and nobody has fenced it), a
   transaction could be stuck on it and answer when it thaws. Then all of the pooler's connections are cut.
4. When this daemon starts it takes the links as they are, decides once it has asked everybody, and has both poolers
   reconnect: it may have ended in the middle of 2 or 3.

Runs as the database's user. One line for every change to stdout. SIGHUP reads the configuration again, SIGTERM ends it.
Configuration:
  {"routes": "FOLDER", "port": 5432, "ca": "…", "psql": "…", "replicaCheck": "/replica?lag=16MB",
   "members": [{"name": "…", "data": "PGDATA", "socket": "…", "patroni": PORT}],
   "poolers": {"writer": {"folder": "…", "port": PORT, "database": "…"}, "reader": {…}}}
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import socket
import ssl
import sys
import time
from collections.abc import Coroutine
from typing import Any, NamedTuple

from processes import Postmaster, open_pidfd, postmaster, stat
from routing import Routes, Seen, Target, decide

LOOPBACK = "127.0.0.1"
# The death of a postmaster wakes the router at once; a tick finds what is new. Without a primary the next one is near.
TICK_SECONDS = 0.2
HURRIED_TICK_SECONDS = 0.01
ASK_SECONDS = 1.0
# A primary that Patroni does not call the leader yet will be one in a moment.
HURRIED_ASK_SECONDS = 0.05
ANSWER_SECONDS = 2.0
RETRY_SECONDS = 1.0
ORDER_SECONDS = 5.0


def log(text: str, **evidence: object) -> None:
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime()) + f".{time.time_ns() // 1_000_000 % 1000:03d}Z"
    print(stamp, "router:", text, *(f"{name}={value}" for name, value in evidence.items()), flush=True)


class Place(NamedTuple):
    name: str
    data: str
    socket: str
    patroni: int


class Pooler(NamedTuple):
    """Where a pooler takes orders, and the database that it has pools for."""

    folder: str
    port: int
    database: str

    @property
    def runs(self) -> bool:
        return os.path.exists(os.path.join(self.folder, f".s.PGSQL.{self.port}"))


class Config(NamedTuple):
    routes: str
    port: int
    ca: str
    psql: str
    replica_check: str
    members: tuple[Place, ...]
    poolers: dict[str, Pooler]


def read_config(path: str) -> Config:
    """ValueError says what is wrong with the file."""
    try:
        with open(path, encoding="utf-8") as file:
            raw: dict[str, Any] = json.load(file)
        return Config(
            routes=raw["routes"],
            port=raw["port"],
            ca=raw["ca"],
            psql=raw["psql"],
            replica_check=raw["replicaCheck"],
            members=tuple(Place(**{**one, "data": os.path.realpath(one["data"])}) for one in raw["members"]),
            poolers={role: Pooler(**raw["poolers"][role]) for role in ("writer", "reader")},
        )
    except KeyError as error:
        raise ValueError(f"{path}: {error} is missing") from error
    except (OSError, TypeError, json.JSONDecodeError) as error:
        raise ValueError(f"{path}: {error}") from error


class Member:
    """One member as last looked at, and what its Patroni said of the server that runs now."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.server: Postmaster | None = None
        self.leads_on: int | None = None
        self.fit = False
        self.answered_at = float("-inf")
        self.asked = asyncio.Event()
        # Something is new: its Patroni is asked now.
        self.wake = asyncio.Event()
        self.pidfd: int | None = None

    def look(self) -> None:
        before, self.server = self.server, postmaster(self.place.data)
        if (before and before.pid) != (self.server and self.server.pid):
            self.leads_on, self.fit = None, False
            self._watch()
        if before != self.server:
            self.wake.set()

    @property
    def seen(self) -> Seen:
        server = self.server
        return Seen(
            member=self.place.name,
            pid=server.pid if server else None,
            stopped=server is not None and server.stopped,
            primary=server is not None and server.primary,
            leads_on=self.leads_on,
            fit=self.fit,
            silent_for=time.monotonic() - self.answered_at,
        )

    async def ask(self, ca: str, replica_check: str) -> None:
        """Asks Patroni what the server that runs now is; an answer about one that has ended meanwhile is none."""
        asked = self.server
        if asked is None:
            return
        try:
            path = "/primary" if asked.primary else replica_check
            status, said = await asyncio.wait_for(get(self.place.patroni, path, ca), ANSWER_SECONDS)
        except (OSError, ValueError, asyncio.TimeoutError):
            return
        if self.server is None or (self.server.pid, self.server.primary) != (asked.pid, asked.primary):
            self.wake.set()
            return
        self.answered_at = time.monotonic()
        if not asked.primary:
            self.fit = status == 200
        elif status == 200 and said.get("role") == "primary":
            self.leads_on = int(said.get("timeline", 0))

    def close(self) -> None:
        if self.pidfd is not None:
            asyncio.get_running_loop().remove_reader(self.pidfd)
            os.close(self.pidfd)
            self.pidfd = None

    def _watch(self) -> None:
        self.close()
        self.pidfd = open_pidfd(self.server.pid) if self.server else None
        if self.pidfd is not None:
            asyncio.get_running_loop().add_reader(self.pidfd, self._ended)

    def _ended(self) -> None:
        # A zombie is readable for as long as it is one: the next look is the one that counts.
        self.close()
        self.wake.set()


async def get(port: int, path: str, ca: str) -> tuple[int, dict[str, Any]]:
    """Status and body of Patroni's answer. OSError, ValueError: there is none."""
    # Read each time: authorities change, too.
    tls = ssl.create_default_context(cafile=ca)
    reader, writer = await asyncio.open_connection(LOOPBACK, port, ssl=tls)
    try:
        # Patroni answers in two pieces, and sends the second when the first is acknowledged: at once, not 40 ms later.
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        writer.write(f"GET {path} HTTP/1.0\r\n\r\n".encode())
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
        return int(head.split()[1]), json.loads(body)
    except IndexError as error:
        raise ValueError("no answer") from error
    finally:
        writer.close()


class Router:
    def __init__(self, path: str) -> None:
        self.path = path
        self.members: dict[str, Member] = {}
        self.asking: dict[str, asyncio.Task[None]] = {}
        self.ordering: set[asyncio.Task[None]] = set()
        self.routes: Routes | None = None
        self.news = asyncio.Event()
        self.ended = False
        self.configure()

    def configure(self) -> None:
        self.config = read_config(self.path)
        places = {place.name: place for place in self.config.members}
        for name in [name for name, one in self.members.items() if places.get(name) != one.place]:
            self.asking.pop(name).cancel()
            self.members.pop(name).close()
        for name, place in places.items():
            if name not in self.members:
                member = self.members[name] = Member(place)
                member.look()
                self.asking[name] = asyncio.create_task(self._keep_asking(member))
        self._prepare_folders()
        self._believe_the_link()
        log("routing", members=",".join(places), routes=self.config.routes)

    async def run(self) -> None:
        while not self.ended:
            for member in self.members.values():
                member.look()
            if self.routes or all(one.asked.is_set() for one in self.members.values()):
                self._apply(decide(tuple(one.seen for one in self.members.values())))
            hurried = self.routes is None or self.routes.writer is None
            self.news.clear()
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self.news.wait(), HURRIED_TICK_SECONDS if hurried else TICK_SECONDS)
        log("ends")

    def end(self) -> None:
        self.ended = True
        self.news.set()

    def reread(self) -> None:
        try:
            self.configure()
        except ValueError as error:
            log("configuration kept as it was", error=error)
        self.news.set()

    async def _keep_asking(self, member: Member) -> None:
        while True:
            member.wake.clear()
            await member.ask(self.config.ca, self.config.replica_check)
            member.asked.set()
            self.news.set()
            unknown = member.server is not None and member.server.primary and member.leads_on is None
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(member.wake.wait(), HURRIED_ASK_SECONDS if unknown else ASK_SECONDS)
            self.news.set()

    @property
    def _slots(self) -> list[str]:
        return [f"reader-{number}" for number in range(1, max(2, len(self.members)))]

    def _prepare_folders(self) -> None:
        wanted = ["writer", *self._slots]
        for name in wanted:
            os.makedirs(os.path.join(self.config.routes, name), mode=0o700, exist_ok=True)
        for name in set(os.listdir(self.config.routes)) - set(wanted):
            shutil.rmtree(os.path.join(self.config.routes, name), ignore_errors=True)

    def _link(self, route: str) -> str:
        return os.path.join(self.config.routes, route, f".s.PGSQL.{self.config.port}")

    def _believe_the_link(self) -> None:
        """Who has the writes at the start has them as long as his server lives and nobody is known to lead."""
        with contextlib.suppress(OSError):
            linked = os.readlink(self._link("writer"))
            for member in self.members.values():
                primary = member.server is not None and member.server.primary
                if member.place.socket == linked and primary and member.leads_on is None:
                    member.leads_on = 0

    def _apply(self, routes: Routes) -> None:
        before, self.routes = self.routes, routes
        self._point("writer", routes.writer)
        for index, slot in enumerate(self._slots):
            self._point(slot, routes.readers[index % len(routes.readers)] if routes.readers else None)
        if before == routes:
            return
        log("routes", writer=_name(routes.writer), readers=",".join(map(_name, routes.readers)) or "-")
        if before is None:
            self._order(self._recover())
            return
        if before.writer and before.writer != routes.writer and _lives(before.writer):
            self._order(self._leave(before.writer))
        left = set(before.readers) - set(routes.readers)
        added = set(routes.readers) - set(before.readers)
        if any(map(_lives, left)) or (added and before.readers):
            self._order(self._reconnect("reader"))

    def _point(self, route: str, target: Target | None) -> None:
        link = self._link(route)
        try:
            now: str | None = os.readlink(link)
        except OSError:
            now = None
        wanted = self.members[target.member].place.socket if target else None
        if wanted == now:
            return
        if wanted is None:
            os.unlink(link)
            return
        with contextlib.suppress(FileNotFoundError):
            os.unlink(f"{link}.new")
        os.symlink(wanted, f"{link}.new")
        os.replace(f"{link}.new", link)

    def _order(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self.ordering.add(task)
        task.add_done_callback(self.ordering.discard)

    async def _recover(self) -> None:
        for role, pooler in self.config.poolers.items():
            if pooler.runs:
                await self._tell(pooler, [f'resume "{pooler.database}"'], may_fail=True)
            await self._reconnect(role)

    async def _leave(self, old: Target) -> None:
        """Has nothing of the writer's stay on a server that lives on."""
        await self._reconnect("writer")
        if self.routes and self.routes.writer not in (None, old) and _lives(old):
            pooler = self.config.poolers["writer"]
            log("cutting the writer's connections: another leads, and the old primary's process lives on", old=old)
            await self._tell(pooler, [f'kill "{pooler.database}"', f'resume "{pooler.database}"'])

    async def _reconnect(self, role: str) -> None:
        pooler = self.config.poolers[role]
        # One that does not run has no connections, and none will be wrong when it starts.
        while pooler.runs and not await self._tell(pooler, ["reconnect"]):
            await asyncio.sleep(RETRY_SECONDS)

    async def _tell(self, pooler: Pooler, orders: list[str], may_fail: bool = False) -> bool:
        at = ["-h", pooler.folder, "-p", str(pooler.port), "-U", "pgbouncer"]
        commands = [word for order in orders for word in ("-c", order)]
        psql = await asyncio.create_subprocess_exec(
            *[self.config.psql, "-XAtq", *at, *commands, "pgbouncer"],
            env={**os.environ, "PGCONNECT_TIMEOUT": "2"},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            _, said = await asyncio.wait_for(psql.communicate(), ORDER_SECONDS)
        except asyncio.TimeoutError:
            psql.kill()
            await psql.wait()
            said = b"no answer"
        if psql.returncode != 0 and not may_fail:
            log("the pooler did not take an order", orders=orders, said=said.decode(errors="replace").strip())
        return psql.returncode == 0


def _name(target: Target | None) -> str:
    return f"{target.member}({target.pid})" if target else "-"


def _lives(target: Target) -> bool:
    found = stat(target.pid)
    return found is not None and found.alive


async def run(path: str) -> None:
    router = Router(path)
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGHUP, router.reread)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, router.end)
    await router.run()


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print("use: router.py CONFIG.json", file=sys.stderr)
        return 2
    try:
        asyncio.run(run(arguments[0]))
    except ValueError as error:
        print(f"router: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
