"""Passes Alertmanager's messages on to DingTalk robots, which it does not know itself: `dingtalk.py CONFIG.json`.

Alertmanager posts to this machine, over TLS and with a certificate of the cluster's own authority; each path is one
robot. What DingTalk does not take is answered as a failure, so that Alertmanager tries again. Configuration:
  {"listen": {"host": "127.0.0.1", "port": …}, "tls": {"ca": "…", "cert": "…", "key": "…"},
   "robots": {"/contact-1": "https://oapi.dingtalk.com/robot/send?access_token=…"}, "trust": "FOLDER" or absent}
SIGTERM ends it.
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import ssl
import sys
import time
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from secure_server import SecureServer

# Seconds. Alertmanager waits longer.
PATIENCE = 10.0
# Bytes. DingTalk takes no more than 20,000.
MOST = 18_000


def log(text: str) -> None:
    print(time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "dingtalk:", text, flush=True)


def message(told: dict[str, Any]) -> dict[str, Any]:
    """Alertmanager's message (webhook, version 4) -> DingTalk's: Markdown. A robot's keyword may be "license-db"."""
    common, labels = told.get("commonAnnotations", {}), told.get("commonLabels", {})
    title = f"{told['status'].upper()}: {common.get('title', labels.get('alertname', 'alert'))}"
    lines = [f"### {title}", f"{labels.get('cluster', '')}, {labels.get('severity', '')} (license-db)"]
    for alert in told.get("alerts", []):
        member = alert.get("labels", {}).get("member")
        lines.append(f"- {f'{member}: ' if member else ''}{alert.get('annotations', {}).get('summary', '')}")
    if told["status"] == "firing" and "runbook" in common:
        lines.append(f"First: {common['runbook']}")
    text = "\n\n".join(lines)
    while len(text.encode()) > MOST:
        text = text[: len(text) // 2]
    return {"msgtype": "markdown", "markdown": {"title": title, "text": text}}


def pass_on(address: str, told: dict[str, Any], context: ssl.SSLContext) -> str | None:
    """Why DingTalk did not take it, without the address, which is a secret; None: it did."""
    body = json.dumps(message(told)).encode()
    request = Request(address, data=body, headers={"Content-Type": "application/json"})
    try:
        with urlopen(request, timeout=PATIENCE, context=context) as answer:
            said = json.load(answer)
    except HTTPError as error:
        return f"HTTP status {error.code}"
    except (OSError, http.client.HTTPException) as error:
        return str(getattr(error, "reason", error))
    except ValueError:
        return "no JSON in its answer"
    return None if said.get("errcode") == 0 else f"{said.get('errcode')}: {said.get('errmsg')}"


def handler_of(config: dict[str, Any]) -> type[BaseHTTPRequestHandler]:
    context = ssl.create_default_context()
    if "trust" in config:
        for name in sorted(os.listdir(config["trust"])):
            context.load_verify_locations(os.path.join(config["trust"], name))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 120

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            address = config["robots"].get(self.path)
            if address is None:
                self.answer(404)
                return
            try:
                why = pass_on(address, json.loads(body), context)
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                log(f"{self.path[1:]}: not a message of Alertmanager: {error!r}")
                self.answer(400)
                return
            log(f"{self.path[1:]}: {f'not taken: {why}' if why else 'told'}")
            self.answer(502 if why else 200)

        def answer(self, status: int) -> None:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass  # it has said what matters

    return Handler


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print("use: dingtalk.py CONFIG.json", file=sys.stderr)
        return 2
    try:
        with open(arguments[0], encoding="utf-8") as file:
            config = json.load(file)
        address = (config["listen"]["host"], config["listen"]["port"])
        server = SecureServer(address, handler_of(config), config["tls"], log)
    except (OSError, ValueError, KeyError) as error:
        print(f"dingtalk: {arguments[0]}: {error!r}", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    log(f"passes on to {len(config['robots'])} robots from port {address[1]}")
    server.serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
