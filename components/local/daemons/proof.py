"""Proves a backup restorable by restoring it: `proof.py CONFIG.json [--repo N] [--set LABEL] [--latest]`.

Restores into a scratch folder beside the cluster, starts a server on it that only a unix socket reaches and that
archives nothing, and reads everything: amcheck over every table and B-tree index, then a dump of every database to
nowhere, which reads every row and verifies every page's checksum. The scratch folder is gone afterwards, also when
this is ended by SIGTERM; what a killed one left, the next removes.

Without --set it takes the repository's newest good backup. It stops where the backup is consistent; with --latest it
replays all archived WAL, too. CONFIG is the scheduler's, with
  "proof": {"folder": "…", "postgres": {"15": "/…/bin", …}, "delay": seconds after an archive, a day when absent}

Prints JSON lines: {"step": "…"} as it goes, and last
  {"proven": true, "backup": "…", "repository": N, "version": "15", "bytes": …, "startedAt": …, "backedUpAt": …,
   "seconds": {"restore": …, "start": …, "read": …, "all": …}, "databases": [{"name": "…", "tables": …, "indexes": …}],
   "problems": []}
with "proven": false and what is wrong in "problems" where the backup is not restorable.
Exits 0 when proven, 1 when not, 2 on wrong use, 75 when another proof is at work.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

import psycopg

# Room beside the restored files: WAL that is replayed, and what a server writes for itself.
SPARE_BYTES = 512 * 2**20
# Names the socket only.
PORT = 5432


class NotRestorable(Exception):
    """Why the backup is not proven; for a person."""


class Ended(BaseException):
    """By a signal."""


@dataclass(frozen=True)
class Config:
    stanza: str
    pgbackrest: list[str]
    folder: Path
    postgres: dict[str, str]


@dataclass(frozen=True)
class Backup:
    label: str
    repository: int
    version: str
    size: int
    stop: float


@dataclass
class Result:
    backup: Backup | None = None
    seconds: dict[str, float] = field(default_factory=dict)
    databases: list[dict[str, Any]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def say(**what: object) -> None:
    print(json.dumps(what), flush=True)


def read_config(path: str) -> Config:
    with open(path, encoding="utf-8") as file:
        raw: dict[str, Any] = json.load(file)
    proof = raw["proof"]
    return Config(raw["stanza"], raw["pgbackrest"], Path(proof["folder"]), proof["postgres"])


def choose(info: list[dict[str, Any]], stanza: str, repository: int, label: str | None) -> Backup:
    """The backup to prove, out of what `pgbackrest info` tells."""
    mine = [one for one in info if one["name"] == stanza]
    versions = {(db["repo-key"], db["id"]): db["version"] for one in mine for db in one.get("db", [])}
    there = [
        Backup(
            one["label"],
            repository,
            versions[(repository, one["database"]["id"])],
            int(one["info"]["size"]),
            float(one["timestamp"]["stop"]),
        )
        for stanza_info in mine
        for one in stanza_info.get("backup", [])
        if one["database"]["repo-key"] == repository and not one.get("error")
    ]
    found = [one for one in there if label in (None, one.label)]
    if not found:
        known = ", ".join(one.label for one in there) or "none"
        raise NotRestorable(f"repository {repository} has no good backup {label or ''}: there are {known}")
    return max(found, key=lambda one: one.stop)


class Proof:
    def __init__(self, config: Config) -> None:
        self.config = config
        self.data = config.folder / "data"
        self.log = config.folder / "server.log"
        self.child: subprocess.Popen[str] | None = None

    def run(self, repository: int, label: str | None, latest: bool, result: Result) -> None:
        began = time.monotonic()
        backup = result.backup = choose(self._info(repository), self.config.stanza, repository, label)
        bin_folder = self.config.postgres.get(backup.version)
        if bin_folder is None:
            known = ", ".join(self.config.postgres)
            raise NotRestorable(f"it is of PostgreSQL {backup.version}, and this machine has {known}")
        self.clear()
        self._require_room(backup)
        self.data.mkdir(mode=0o700, parents=True)
        os.chmod(self.config.folder, 0o700)
        try:
            self._timed(result, "restore", lambda: self._restore(backup, latest))
            self._timed(result, "start", lambda: self._start(bin_folder))
            self._timed(result, "read", lambda: self._read(bin_folder, result))
        finally:
            result.seconds["all"] = round(time.monotonic() - began, 2)
            self.clear()

    def clear(self) -> None:
        """Ends a server that runs on the scratch folder, and removes the folder."""
        if self.child is not None and self.child.poll() is None:
            self.child.terminate()
            self.child.wait()
        pid_file = self.data / "postmaster.pid"
        if pid_file.exists():
            pid = int(pid_file.read_text(encoding="utf-8").split("\n")[0])
            if self._serves(pid):
                os.kill(pid, signal.SIGQUIT)
                while self._serves(pid):
                    time.sleep(0.05)
        shutil.rmtree(self.config.folder, ignore_errors=True)

    def _serves(self, pid: int) -> bool:
        """Whether the process works on the scratch folder: a number alone may be anybody's by now."""
        try:
            return os.readlink(f"/proc/{pid}/cwd") == str(self.data.resolve())
        except OSError:
            return False

    def _timed(self, result: Result, name: str, work: Any) -> None:
        began = time.monotonic()
        try:
            work()
        finally:
            result.seconds[name] = round(time.monotonic() - began, 2)

    def _info(self, repository: int) -> list[dict[str, Any]]:
        out = self._command(
            [*self._pgbackrest(), f"--repo={repository}", "--output=json", "--log-level-console=off", "info"]
        )
        found: list[dict[str, Any]] = json.loads(out)
        return found

    def _pgbackrest(self) -> list[str]:
        return [*self.config.pgbackrest, f"--stanza={self.config.stanza}"]

    def _require_room(self, backup: Backup) -> None:
        parent = next(one for one in self.config.folder.parents if one.exists())
        disk = os.statvfs(parent)
        free, needed = disk.f_bavail * disk.f_frsize, backup.size + SPARE_BYTES
        if free < needed:
            mb = 2**20
            raise NotRestorable(
                f"the disk of {parent} is too small to restore it beside the cluster: {needed // mb} MB are needed, "
                f"{free // mb} MB are free"
            )

    def _restore(self, backup: Backup, latest: bool) -> None:
        say(step=f"restoring {backup.label} from repository {backup.repository}")
        until = ["--type=default"] if latest else ["--type=immediate", "--target-action=promote"]
        # Tablespaces land in the scratch folder, too: never where the live cluster has them.
        spaces = self.config.folder / "tablespaces"
        spaces.mkdir(mode=0o700)
        options = [f"--repo={backup.repository}", f"--set={backup.label}", f"--pg1-path={self.data}", *until]
        # Not in advance: that wants the lock under which the cluster archives, and PostgreSQL takes a segment that it
        # does not get for the end of all WAL.
        at = [f"--repo={backup.repository}", f"--pg1-path={self.data}", "--no-archive-async"]
        fetch = " ".join([*self._pgbackrest(), *at, "archive-get", "%f", '"%p"'])
        self._command(
            [
                *self._pgbackrest(),
                *options,
                f"--tablespace-map-all={spaces}",
                "--archive-mode=off",
                f"--recovery-option=restore_command={fetch}",
                "--no-delta",
                "--log-level-console=error",
                "restore",
            ]
        )
        self._settings()

    def _settings(self) -> None:
        """After pgBackRest's own, and stronger than all that the live cluster's configuration says."""
        settings = {
            "archive_mode": "off",
            # A standby that may be read pauses where the primary was given more connections than it has itself.
            "hot_standby": "off",
            "listen_addresses": "",
            "port": PORT,
            "unix_socket_directories": self.config.folder,
            "unix_socket_permissions": "0700",
            "hba_file": self.config.folder / "hba.conf",
            "ssl": "off",
            "logging_collector": "off",
            "shared_buffers": "128MB",
            "shared_preload_libraries": "",
            "synchronous_standby_names": "",
            "fsync": "off",
            "autovacuum": "off",
        }
        lines = "".join(f"{name} = '{value}'\n" for name, value in settings.items())
        with open(self.data / "postgresql.auto.conf", "a", encoding="utf-8") as file:
            file.write(lines)
        # Only this user reaches the socket's folder.
        (self.config.folder / "hba.conf").write_text("local all all trust\n", encoding="utf-8")

    def _start(self, bin_folder: str) -> None:
        say(step="starting a server on it")
        program = os.path.join(bin_folder, "pg_ctl")
        try:
            self._command([program, "-D", str(self.data), "-w", "-s", "-t", "86400", "-l", str(self.log), "start"])
            self._wait_for_recovery()
        except NotRestorable as error:
            said = self.log.read_text(encoding="utf-8", errors="replace")[-1500:] if self.log.exists() else ""
            raise NotRestorable(f"no server starts on it: {error}\n{said}") from error

    def _wait_for_recovery(self) -> None:
        """pg_ctl does not: a server that may not be read meanwhile lets nobody in until it is over."""
        pid = int((self.data / "postmaster.pid").read_text(encoding="utf-8").split("\n")[0])
        while True:
            try:
                self._connect("postgres").close()
                return
            except psycopg.OperationalError as error:
                if not self._serves(pid):
                    raise NotRestorable("it ended before it had recovered") from error
                time.sleep(0.1)

    def _connect(self, database: str) -> psycopg.Connection[tuple[Any, ...]]:
        where = {"host": str(self.config.folder), "port": PORT, "user": "postgres", "dbname": database}
        return psycopg.connect(autocommit=True, **where)  # type: ignore[arg-type]

    def _read(self, bin_folder: str, result: Result) -> None:
        with self._connect("postgres") as client:
            rows = client.execute("select datname from pg_database where datallowconn order by 1").fetchall()
        for (name,) in rows:
            say(step=f"reading all of {name}")
            with self._connect(name) as client:
                result.databases.append({"name": name, **self._check(client, name, result)})
            dump = [os.path.join(bin_folder, "pg_dump"), "-h", str(self.config.folder), "-p", str(PORT)]
            try:
                self._command([*dump, "-U", "postgres", "-f", "/dev/null", "-d", name])
            except NotRestorable as error:
                result.problems.append(f"{name} cannot be read to its end: {error}")

    def _check(self, client: psycopg.Connection[tuple[Any, ...]], database: str, result: Result) -> dict[str, int]:
        schema = client.execute(
            "select extnamespace::regnamespace::text from pg_extension where extname = 'amcheck'"
        ).fetchone()
        if schema is None:
            client.execute("create schema license_db_proof; create extension amcheck schema license_db_proof")
        where = schema[0] if schema else "license_db_proof"
        tables = client.execute(
            "select oid, oid::regclass::text from pg_class where relkind in ('r', 'm', 't') and relpersistence = 'p'"
        ).fetchall()
        indexes = client.execute(
            """select i.indexrelid, i.indexrelid::regclass::text from pg_index i join pg_class c on c.oid = i.indexrelid
                 join pg_am a on a.oid = c.relam
                where a.amname = 'btree' and c.relpersistence = 'p' and c.relkind = 'i' and i.indisvalid"""
        ).fetchall()
        checks = [(f"select blkno, msg from {where}.verify_heapam(%s::oid::regclass) limit 3", *one) for one in tables]
        checks += [(f"select {where}.bt_index_check(%s::oid::regclass, true)", *one) for one in indexes]
        for query, oid, name in checks:
            try:
                rows = client.execute(query.encode(), [oid]).fetchall()
            except psycopg.Error as error:
                result.problems.append(f"{database}: {name}: {error}")
                continue
            result.problems += [f"{database}: {name}: block {row[0]}: {row[1]}" for row in rows if len(row) == 2]
        return {"tables": len(tables), "indexes": len(indexes)}

    def _command(self, command: list[str]) -> str:
        with open(os.devnull, encoding="utf-8") as nothing:
            self.child = subprocess.Popen(
                command, stdin=nothing, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd="/"
            )
        out, errors = self.child.communicate()
        if self.child.returncode != 0:
            said = (errors.strip() or out.strip())[-1500:]
            raise NotRestorable(said or f"{os.path.basename(command[0])} ended with {self.child.returncode}")
        return out


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="proof.py")
    parser.add_argument("config")
    parser.add_argument("--repo", type=int, default=1)
    parser.add_argument("--set")
    parser.add_argument("--latest", action="store_true")
    given = parser.parse_args(arguments)
    try:
        config = read_config(given.config)
    except (OSError, ValueError, KeyError, TypeError) as error:
        print(f"proof: {given.config}: {error!r}", file=sys.stderr)
        return 2
    config.folder.parent.mkdir(parents=True, exist_ok=True)
    with open(f"{config.folder}.lock", "w", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("proof: another one is at work", file=sys.stderr)
            return 75
        return prove(Proof(config), given.repo, given.set, given.latest)


def prove(proof: Proof, repository: int, label: str | None, latest: bool) -> int:
    def end(_number: int, _frame: FrameType | None) -> None:
        raise Ended

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    result, started = Result(), time.time()
    try:
        proof.run(repository, label, latest, result)
    except (NotRestorable, psycopg.Error, OSError, ValueError) as error:
        result.problems.append(str(error).strip())
    except Ended:
        say(proven=False, problems=["it was ended before it was done"])
        return 1
    backup = result.backup
    say(
        proven=not result.problems,
        backup=backup.label if backup else label,
        repository=repository,
        version=backup.version if backup else None,
        bytes=backup.size if backup else None,
        startedAt=started,
        backedUpAt=backup.stop if backup else None,
        seconds=result.seconds,
        databases=result.databases,
        problems=result.problems,
    )
    return 1 if result.problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
