"""A real PostgreSQL 15 behind each database that RDS makes, for what runs SQL inside the VPC.

As RDS has it: TLS is forced and its certificate names the endpoints, the master is no superuser but a member of
rds_superuser, IAM users are members of rds_iam. In two points it cannot be as RDS has it: pg_stat_statements is there
from the start, as PostgreSQL lets none but a superuser make it; and rds_iam changes nothing about logging in.
"""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import threading
import time


class Databases:
    """`bin`: the folder of PostgreSQL's programs; without it there are none, and functions that need one fail."""

    def __init__(self, bin_folder, authority):
        self.bin = bin_folder
        self.authority = authority
        self.servers = {}
        self.lock = threading.Lock()
        # PostgreSQL refuses root.
        self.user = pwd.getpwnam("postgres") if os.getuid() == 0 else None

    def start(self, identifier, hosts, master, password, database):
        if self.bin is None:
            return
        server = Server(self, hosts, master, password, database)
        with self.lock:
            self.servers[identifier] = server

    def stop(self, identifier):
        with self.lock:
            server = self.servers.pop(identifier, None)
        if server:
            server.stop()

    def stop_all(self):
        for identifier in list(self.servers):
            self.stop(identifier)

    def ports(self):
        """Host -> port on loopback."""
        return {host: server.port for server in list(self.servers.values()) for host in server.hosts}


class Server:
    def __init__(self, owner, hosts, master, password, database):
        self.bin, self.hosts = owner.bin, hosts
        self.folder = tempfile.mkdtemp(prefix="license-db-rds-")
        self.data = os.path.join(self.folder, "data")
        ids = {"user": owner.user.pw_uid, "group": owner.user.pw_gid} if owner.user else {}
        self.options = {**ids, "cwd": self.folder, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        if owner.user:
            os.chown(self.folder, owner.user.pw_uid, owner.user.pw_gid)
        self.run("initdb", "-D", self.data, "-U", "rdsadmin", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N")
        certificate, key = owner.authority.issue(hosts)
        self.write("server.crt", certificate, owner.user)
        self.write("server.key", key, owner.user)
        self.write("pg_hba.conf", b"local all rdsadmin trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n", owner.user)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": self.port,
            "unix_socket_directories": self.folder,
            "ssl": "on",
            "fsync": "off",
            "shared_preload_libraries": "pg_stat_statements",
            "log_statement": "ddl",
        }
        arguments = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        self.process = subprocess.Popen(
            [os.path.join(self.bin, "postgres"), "-D", self.data, *arguments],
            **{**self.options, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL},
        )
        self.wait()
        self.sql("postgres", "create role rds_superuser nologin; create role rds_iam nologin")
        # The words RDS's own administrator says, none of them logged by the server.
        made = f"create role {master} login createdb createrole in role rds_superuser password '{password}'"
        self.sql("postgres", f"set log_statement = 'none'; {made}")
        self.sql("postgres", "grant pg_monitor, pg_signal_backend, rds_iam to rds_superuser with admin option")
        self.sql("postgres", f'create database "{database}" owner {master}')
        self.sql(database, "create extension pg_stat_statements")

    def write(self, name, content, user):
        path = os.path.join(self.data, name)
        with open(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb") as file:
            file.write(content)
        if user:
            os.chown(path, user.pw_uid, user.pw_gid)

    def run(self, program, *arguments, **more):
        done = subprocess.run([os.path.join(self.bin, program), *arguments], check=False, **self.options, **more)
        if done.returncode != 0:
            raise RuntimeError(f"{program}: {done.stdout}")
        return done.stdout

    def sql(self, database, text):
        # On standard input: a password on a command line is everybody's to read.
        address = ("-h", self.folder, "-p", str(self.port), "-U", "rdsadmin", "-d", database)
        return self.run("psql", *address, "-XqAt", "-v", "ON_ERROR_STOP=1", input=text)

    def wait(self):
        for _ in range(200):
            try:
                self.sql("postgres", "select 1")
                return
            except RuntimeError as error:
                failed = error
                time.sleep(0.05)
        raise failed

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
