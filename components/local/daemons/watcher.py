"""Tells Prometheus what the usual exporters do not know of a cluster: `watcher.py CONFIG.json`.

Answers over TLS, and only whoever shows a certificate of the cluster's own authority:
  /metrics   who takes writes and who streams, of all members at one instant; how old what a replica shows is; WAL that
             waits to be archived; what each member uses of the machine; the disks; the certificates; the backups; the
             poolers; the drills
  /balancer  HAProxy's own figures, which it gives through a unix socket

Looks when it is asked. Each member has one connection, kept; a member that does not answer in time is told of as not
answering, and is not asked again until it has. Configuration:
  {"listen": {"host": "127.0.0.1", "port": …}, "patience": SECONDS, "tls": {"ca": "…", "cert": "…", "key": "…"},
   "role": "monitor", "members": [{"name": "…", "data": "…", "socket": "…", "port": …, "patroni": …}],
   "poolers": [{"name": "writer", "socket": "…", "port": …}], "balancer": "SOCKET", "madeAt": "FILE",
   "volumes": {"data": "…", "backups": "…"}, "schedulerStatus": "…", "drills": "FILE"}
SIGTERM ends it.
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import ssl
import sys
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any, Callable

import psycopg
from figures import Figures
from processes import runs
from psycopg.rows import dict_row
from secure_server import SecureServer
from telling import tell_backups, tell_drills, tell_member, tell_pooler
from usage import Meter

# Seconds.
CONNECT = 3
LOOK_AT_CERTIFICATES = 30.0
# A failover that is under way as we look shows two who take writes, one for the last time.
SECOND_LOOK = 0.2

MEMBER_SQL = """
select pg_is_in_recovery() as replica,
       current_setting('max_connections')::int as max_connections,
       (select count(*) from pg_stat_activity where backend_type in ('client backend', 'walsender')) as connections,
       case when not pg_is_in_recovery() or pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() then 0
            else greatest(0, extract(epoch from clock_timestamp() - pg_last_xact_replay_timestamp())) end as lag,
       (select count(*) from pg_ls_archive_statusdir() where name like '%.ready') as waiting,
       (select extract(epoch from clock_timestamp() - min(modification))
          from pg_ls_archive_statusdir() where name like '%.ready') as waiting_for
"""

# A replica that says nothing any more while there is something to replay lags since it spoke last.
STREAMS_SQL = """
select application_name as name, state = 'streaming' as streaming,
       case when replay_lsn is distinct from pg_current_wal_lsn()
            then greatest(0, extract(epoch from clock_timestamp() - reply_time)) else 0 end as silent
  from pg_stat_replication where not pg_is_in_recovery()
"""


def log(text: str) -> None:
    print(time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "watcher:", text, flush=True)


@dataclass
class Asked:
    """Something that is asked over a kept connection, one question at a time, and may be stuck."""

    name: str
    connect: Callable[[], psycopg.Connection[Any]]
    # Why it did not answer the last question; said once.
    silent_for: str = ""
    _connection: psycopg.Connection[Any] | None = None
    _pending: Future[Any] | None = None
    _executor: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))

    def start(self, questions: tuple[str, ...]) -> Future[Any] | None:
        """None: it has not answered the last question yet."""
        if self._pending is not None and not self._pending.done():
            return None
        self._pending = self._executor.submit(self._ask, questions)
        return self._pending

    def _ask(self, questions: tuple[str, ...]) -> list[list[dict[str, Any]]]:
        try:
            if self._connection is None or self._connection.closed:
                self._connection = self.connect()
            return [self._connection.execute(question).fetchall() for question in questions]
        except Exception:
            # Whatever it was, the next question gets a new connection.
            connection, self._connection = self._connection, None
            if connection is not None:
                connection.close()
            raise


def ask_all(asked: list[Asked], questions: tuple[str, ...], patience: float) -> dict[str, list[list[dict[str, Any]]]]:
    """Asks all side by side. By name, of those that answered in time."""
    began = {one.name: one.start(questions) for one in asked}
    deadline = time.monotonic() + patience
    answers: dict[str, list[list[dict[str, Any]]]] = {}
    why = {name: "it still has not answered the last question" for name, future in began.items() if future is None}
    for name, future in began.items():
        if future is not None:
            try:
                answers[name] = future.result(max(0.0, deadline - time.monotonic()))
            except Exception as error:  # it does not run, is starting, is stuck: it does not answer
                why[name] = " ".join(str(error).split()) or "it does not answer in time"
    for one in asked:
        if why.get(one.name, "") != one.silent_for:
            one.silent_for = why.get(one.name, "")
            log(f"{one.name}: {one.silent_for or 'answers again'}")
    return answers


class Watcher:
    def __init__(self, config: dict[str, Any]) -> None:
        self.config = config
        # For each round of questions; Prometheus gives up after twice as long.
        self.patience = float(config["patience"])
        self.certificates: dict[str, tuple[float, float]] = {}
        self.members = [Asked(one["name"], self._to_member(one)) for one in config["members"]]
        self.poolers = [Asked(one["name"], self._to_pooler(one)) for one in config["poolers"]]
        self.meters = {one["name"]: Meter(one["data"]) for one in config["members"]}
        self.primary_seen = time.monotonic()
        self.one_at_a_time = threading.Lock()

    def _to_member(self, member: dict[str, Any]) -> Callable[[], psycopg.Connection[Any]]:
        return lambda: psycopg.connect(
            host=member["socket"],
            port=member["port"],
            user=self.config["role"],
            dbname="postgres",
            connect_timeout=CONNECT,
            application_name="license-db watcher",
            autocommit=True,
            row_factory=dict_row,
            options="-c statement_timeout=10s",
        )

    def _to_pooler(self, pooler: dict[str, Any]) -> Callable[[], psycopg.Connection[Any]]:
        # PgBouncer lets its own OS user in as "pgbouncer", and tells nothing but UTF-8.
        return lambda: psycopg.connect(
            host=pooler["socket"],
            port=pooler["port"],
            user="pgbouncer",
            dbname="pgbouncer",
            connect_timeout=CONNECT,
            autocommit=True,
            row_factory=dict_row,
            prepare_threshold=None,
        )

    def metrics(self) -> str:
        with self.one_at_a_time:
            figures = Figures()
            self._tell_members(figures)
            self._tell_usage(figures)
            self._tell_poolers(figures)
            self._tell_volumes(figures)
            self._tell_certificates(figures)
            self._tell_backups(figures)
            self._tell_drills(figures)
            return figures.text()

    def _tell_members(self, figures: Figures) -> None:
        questions = (MEMBER_SQL, STREAMS_SQL)
        answers = ask_all(self.members, questions, self.patience)
        if len(primaries(answers)) > 1:
            time.sleep(SECOND_LOOK)
            answers = ask_all(self.members, questions, self.patience)
        writable = primaries(answers)
        if writable:
            self.primary_seen = time.monotonic()
        names = [one.name for one in self.members]
        streams = {row["name"]: row for name in writable for row in answers[name][1] if row["name"] in names}
        add = figures.add
        add("license_db_members", "gauge", "Members asked for, the primary among them.", len(names))
        add("license_db_primaries", "gauge", "Members that take writes.", len(writable))
        add(
            "license_db_without_primary_seconds",
            "gauge",
            "Time since a member was last seen that takes writes.",
            time.monotonic() - self.primary_seen,
        )
        add(
            "license_db_streaming_replicas",
            "gauge",
            "Replicas that stream from the primary.",
            sum(1 for row in streams.values() if row["streaming"]),
        )
        for name in names:
            labels = {"member": name}
            answer = answers.get(name)
            add("license_db_member_up", "gauge", "Whether the member answers.", int(answer is not None), labels)
            row = answer[0][0] if answer else None
            if row:
                tell_member(figures, labels, row)
            silent = float(streams[name]["silent"]) if name in streams else None
            replayed = float(row["lag"]) if row and row["replica"] and row["lag"] is not None else None
            lags = [lag for lag in (silent, replayed) if lag is not None]
            add(
                "license_db_replication_lag_seconds",
                "gauge",
                "Age of the last transaction replayed while there is something to replay; 0 when there is not.",
                max(lags) if lags else None,
                labels,
            )

    def _tell_usage(self, figures: Figures) -> None:
        for name, meter in self.meters.items():
            used = meter.read()
            if used is None:
                continue
            labels = {"member": name}
            add = figures.add
            add("license_db_member_cpu_seconds_total", "counter", "CPU time used.", used.cpu_seconds, labels)
            add("license_db_member_read_bytes_total", "counter", "Read from the disk.", used.read_bytes, labels)
            add("license_db_member_written_bytes_total", "counter", "Written to the disk.", used.written_bytes, labels)
            add(
                "license_db_member_memory_bytes", "gauge", "Memory used, shared memory once.", used.memory_bytes, labels
            )
            add("license_db_member_processes", "gauge", "Processes.", used.processes, labels)

    def _tell_poolers(self, figures: Figures) -> None:
        for name, (stats, pools) in ask_all(self.poolers, ("show stats", "show pools"), self.patience).items():
            tell_pooler(figures, name, stats, pools)

    def _tell_volumes(self, figures: Figures) -> None:
        for volume, folder in self.config["volumes"].items():
            try:
                found = os.statvfs(folder)
            except OSError:
                continue
            labels = {"volume": volume}
            size, free = found.f_blocks * found.f_frsize, found.f_bfree * found.f_frsize
            usable = found.f_bavail * found.f_frsize
            figures.add("license_db_volume_size_bytes", "gauge", "Size of the file system.", size, labels)
            figures.add("license_db_volume_used_bytes", "gauge", "Used of the file system.", size - free, labels)
            figures.add("license_db_volume_free_bytes", "gauge", "Left for ordinary users.", usable, labels)

    def look_at_certificates(self) -> None:
        """For ever. Apart from the rest, as a member that stands still takes the connection and says nothing."""
        while True:
            for member in self.config["members"]:
                name = member["name"]
                try:
                    self.certificates[name] = served_certificate(member["patroni"], self.config["tls"]["ca"])
                except (OSError, ValueError, KeyError):
                    self.certificates.pop(name, None)
            time.sleep(LOOK_AT_CERTIFICATES)

    def _tell_certificates(self, figures: Figures) -> None:
        for name, (begins, ends) in sorted(self.certificates.items()):
            labels = {"member": name}
            figures.add("license_db_certificate_begin_seconds", "gauge", "When it begins.", begins, labels)
            figures.add("license_db_certificate_end_seconds", "gauge", "When it ends.", ends, labels)

    def _tell_backups(self, figures: Figures) -> None:
        try:
            with open(self.config["schedulerStatus"], encoding="utf-8") as file:
                status = json.load(file)
            made_at = os.stat(self.config["madeAt"]).st_mtime
        except (OSError, ValueError):
            return
        tell_backups(figures, status, made_at)

    def _tell_drills(self, figures: Figures) -> None:
        try:
            with open(self.config["drills"], encoding="utf-8") as file:
                drills = json.load(file)
        except (OSError, ValueError):
            return  # there was none yet
        # One that was killed has no end, and does not run.
        begun = {kind for kind, drill in drills.items() if "end" not in drill}
        running = {kind for kind in begun if runs(drills[kind]["process"]["pid"], drills[kind]["process"]["started"])}
        tell_drills(figures, drills, running)


def primaries(answers: dict[str, list[list[dict[str, Any]]]]) -> list[str]:
    return [name for name, answer in answers.items() if not answer[0][0]["replica"]]


def served_certificate(port: int, ca: str) -> tuple[float, float]:
    """When the certificate begins and ends that a member shows. ValueError: not a certificate of the authority."""
    context = ssl.create_default_context(cafile=ca)
    with socket.create_connection(("127.0.0.1", port), timeout=1.0) as plain:  # noqa: SIM117
        with context.wrap_socket(plain, server_hostname="localhost") as secured:
            shown: Any = secured.getpeercert()
    return ssl.cert_time_to_seconds(shown["notBefore"]), ssl.cert_time_to_seconds(shown["notAfter"])


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str, patience: float) -> None:
        super().__init__("localhost", timeout=patience)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def balancer_figures(path: str, patience: float) -> str:
    """OSError, http.client.HTTPException: HAProxy does not answer."""
    connection = UnixConnection(path, patience)
    try:
        connection.request("GET", "/metrics")
        answer = connection.getresponse()
        if answer.status != 200:
            raise OSError(f"HAProxy answers with HTTP status {answer.status}")
        return answer.read().decode()
    finally:
        connection.close()


def handler_of(watcher: Watcher) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 120

        def do_GET(self) -> None:
            pages: dict[str, Callable[[], str]] = {
                "/metrics": watcher.metrics,
                "/balancer": lambda: balancer_figures(watcher.config["balancer"], watcher.patience),
            }
            page = pages.get(self.path)
            if page is None:
                self.answer(404, f"there are {', '.join(pages)}\n")
                return
            try:
                self.answer(200, page())
            except (OSError, http.client.HTTPException) as error:
                self.answer(503, f"{error}\n")

        def answer(self, status: int, text: str) -> None:
            body = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass  # a line for each look would bury what matters

    return Handler


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print("use: watcher.py CONFIG.json", file=sys.stderr)
        return 2
    try:
        with open(arguments[0], encoding="utf-8") as file:
            config = json.load(file)
        watcher = Watcher(config)
        address = (config["listen"]["host"], config["listen"]["port"])
    except (OSError, ValueError, KeyError) as error:
        print(f"watcher: {arguments[0]}: {error!r}", file=sys.stderr)
        return 2
    server = SecureServer(address, handler_of(watcher), config["tls"], log)
    # shutdown() waits for the loop, which this thread is in.
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    log(f"tells of {', '.join(one.name for one in watcher.members)} at port {address[1]}")
    threading.Thread(target=watcher.look_at_certificates, daemon=True).start()
    server.serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
