"""Lambda: functions that run, in a process of this machine, as the service runs them in a container.

Such a process finds what the service gives: the archive unpacked, the function's variables and no others, the SDK that
the runtime brings along, the API. What stands in for AWS's network and authority is in runtime.cjs.
"""

import io
import json
import os
import shutil
import subprocess
import tempfile
import zipfile
from urllib.parse import unquote

from additions import around
from moto.awslambda.models import LambdaFunction
from moto.awslambda.responses import LambdaResponse

HERE = os.path.dirname(os.path.abspath(__file__))


class World:
    """What a function reaches: databases and the API by name; `modules`: node_modules with the SDK of the runtime."""

    def __init__(self, databases, authority, modules):
        self.databases = databases
        self.authority = authority
        self.modules = modules
        self.api = 0


def add(world):
    def invoke(self):
        name = unquote(self.path.rstrip("/").rsplit("/", 2)[-2])
        function = self.backend.get_function(name, self._get_param("qualifier"))
        failed, payload = run(function, self.region, self.body or "null", world)
        headers = {"content-type": "application/json", "x-amz-executed-version": "$LATEST"}
        if failed:
            headers["x-amz-function-error"] = "Unhandled"
        return 200, headers, payload

    LambdaResponse.invoke = invoke
    logging()


def logging():
    """Where functions log, which moto forgets."""

    @around(LambdaFunction, "__init__")
    def make(before, self, account_id, spec, *args, **kwargs):
        before(self, account_id, spec, *args, **kwargs)
        self.logging_config = complete(self.function_name, spec.get("LoggingConfig"))

    @around(LambdaFunction, "update_configuration")
    def update(before, self, asked):
        if "LoggingConfig" in asked:
            self.logging_config = complete(self.function_name, asked["LoggingConfig"])
        before(self, asked)
        return self.get_configuration()

    @around(LambdaFunction, "get_configuration")
    def configuration(before, self, *args, **kwargs):
        return {**before(self, *args, **kwargs), "LoggingConfig": self.logging_config}


def complete(name, asked):
    asked = asked or {}
    levels = {"ApplicationLogLevel": "INFO", "SystemLogLevel": "INFO"} if asked.get("LogFormat") == "JSON" else {}
    return {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{name}", **levels, **asked}


def run(function, region, event, world):
    """:returns: whether it failed, and the payload: what the handler gave back, or the error as Lambda writes it."""
    if not function.run_time.startswith("nodejs"):
        return True, error("Runtime.Unavailable", f"{function.run_time} cannot be run here")
    folder = tempfile.mkdtemp(prefix="license-db-function-")
    try:
        task = os.path.join(folder, "task")
        zipfile.ZipFile(io.BytesIO(function.code_bytes)).extractall(task)
        answer = os.path.join(folder, "answer.json")
        environment = {
            "PATH": os.environ["PATH"],
            "LANG": "en_US.UTF-8",
            "TZ": ":UTC",
            "AWS_REGION": region,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_LAMBDA_FUNCTION_NAME": function.function_name,
            "LAMBDA_TASK_ROOT": task,
            "_HANDLER": function.handler,
            **function.environment_vars,
            "NODE_PATH": world.modules or "",
            "STAND_IN": json.dumps(
                {
                    "ports": world.databases.ports(),
                    "api": world.api,
                    "authority": world.authority.pem(),
                    "answer": answer,
                }
            ),
        }
        try:
            done = subprocess.run(
                ["node", os.path.join(HERE, "runtime.cjs")],
                input=event,
                env=environment,
                cwd=task,
                capture_output=True,
                text=True,
                timeout=int(function.timeout),
                check=False,
            )
        except subprocess.TimeoutExpired:
            return True, error("Sandbox.Timedout", f"Task timed out after {function.timeout}.00 seconds")
        print(f"{function.function_name}: {done.stdout}{done.stderr}", flush=True)
        if not os.path.exists(answer):
            return True, error("Runtime.ExitError", f"Runtime exited with error: exit status {done.returncode}")
        with open(answer, encoding="utf-8") as file:
            said = json.load(file)
        return "error" in said, json.dumps(said.get("error", said.get("result")))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def error(kind, message):
    return json.dumps({"errorType": kind, "errorMessage": message})
