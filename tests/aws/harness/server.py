"""A stand-in for AWS on loopback: moto, and beside it what README.md lists.

    python server.py --port PORT --log FILE [--postgres FOLDER] [--modules FOLDER]

One line of JSON goes to FILE for each request: {"at", "service", "region", "operation", "status"}.
"""

import argparse
import json
import os
import signal
import sys
import threading
import time
import traceback
from http import HTTPStatus
from urllib.parse import parse_qs

# Roles are given policies that AWS manages; moto reads this when it is loaded.
os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"

import backup
import cloudwatch
import ec2
import functions
import kms
import rds
import secrets_manager
import serverless
import sns
from authority import Authority
from databases import Databases
from moto.core.config import default_user_config
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server, run_simple
from wsgi import operation_of, read_body, scope_of, undisturbed


def recorded(app, file):
    """Writes each request down, with the status of its answer."""
    lock = threading.Lock()

    def answer(environ, start_response):
        region, service = scope_of(environ)
        request = {"service": service, "region": region, "operation": operation_of(environ, read_body(environ))}

        def start(status, headers, exc_info=None):
            with lock:
                print(
                    json.dumps({"at": time.time(), **request, "status": int(status.split(" ", 1)[0])}),
                    file=file,
                    flush=True,
                )
            return start_response(status, headers, exc_info)

        return app(environ, start)

    return answer


def looked_into(app, databases):
    """For tests: which database is at which port, and who vouches for them."""

    def answer(environ, start_response):
        if environ["PATH_INFO"] != "/stand-in/databases":
            return app(environ, start_response)
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps({"ports": databases.ports(), "authority": databases.authority.pem()}).encode()]

    return answer


def not_there(app):
    """What moto lacks, or stumbles over, is no outage of AWS, which clients would wait for: they are told at once."""

    def answer(environ, start_response):
        body = read_body(environ)
        try:
            return undisturbed(app, environ, start_response)
        except Exception as error:
            region, service = scope_of(environ)
            asked = f"{operation_of(environ, body)} {parse_qs(body.decode(errors='replace'))}"
            said = f"{service} in {region}: {asked}: {error!r}"
            print(said, file=sys.stderr, flush=True)
            if not isinstance(error, NotImplementedError):
                traceback.print_exc()
            status = HTTPStatus.NOT_IMPLEMENTED
            start_response(f"{status.value} {status.phrase}", [("Content-Type", "text/plain")])
            return [said.encode()]

    return answer


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--log", required=True)
    parser.add_argument("--postgres", help="the folder of PostgreSQL 15's programs")
    parser.add_argument("--modules", help="a folder node_modules with the SDK that Lambda's runtime has")
    arguments = parser.parse_args()

    # Functions run in processes of this machine, not in containers.
    default_user_config["lambda"] = {"use_docker": False}
    authority = Authority()
    databases = Databases(arguments.postgres, authority)
    rds.add(databases)
    backup.add()
    ec2.add()
    kms.add()
    secrets_manager.add()
    sns.add()
    world = functions.World(databases, authority, arguments.modules)
    functions.add(world)

    moto = DomainDispatcherApplication(create_backend_app)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with open(arguments.log, "a", encoding="utf-8") as log:
        app = recorded(serverless.add(cloudwatch.add(not_there(moto)), arguments.port), log)
        options = {"threaded": True, "request_handler": MotoRequestHandler}
        # The same API over TLS, for functions, which call it by its names inside the VPC.
        inside = make_server("127.0.0.1", 0, app, ssl_context=authority.any_name(), **options)
        world.api = inside.server_port
        threading.Thread(target=inside.serve_forever, daemon=True).start()
        try:
            run_simple("127.0.0.1", arguments.port, looked_into(app, databases), **options)
        finally:
            databases.stop_all()


if __name__ == "__main__":
    main()
