"""The few requests the guard makes to etcd's v3 JSON gateway (etcd >= 3.4), over one kept connection."""

from __future__ import annotations

import base64
import http.client
import json
import ssl
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit


class EtcdError(Exception):
    """etcd did not answer, or not with what was asked. Whether a change was made is unknown."""


@dataclass(frozen=True)
class LeaderKey:
    # The member's name; None: there is no leader.
    holder: str | None
    mod_revision: str
    lease: str
    # Patroni's maintenance mode.
    paused: bool


def _encode(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _decode(text: str) -> str:
    return base64.b64decode(text).decode()


def tls_context(ca: str, certificate: str, key: str) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=ca)
    context.load_cert_chain(certificate, key)
    return context


class Etcd:
    """`prefix` is Patroni's namespace and scope: "/license-db/NAME/". Calls raise EtcdError within `timeout` s."""

    def __init__(self, url: str, context: ssl.SSLContext | None, prefix: str, timeout: float = 1.0) -> None:
        address = urlsplit(url)
        self._host, self._port = address.hostname or "127.0.0.1", address.port or 2379
        self._context = context if address.scheme == "https" else None
        self._prefix = prefix
        self._timeout = timeout
        self._connection: http.client.HTTPConnection | None = None

    def leader(self) -> LeaderKey:
        """The leader key and the maintenance mode, read together and linearizably."""
        reads = [{"request_range": {"key": _encode(self._prefix + name)}} for name in ("leader", "config")]
        answers = self._call("/v3/kv/txn", {"success": reads}).get("responses", [])
        leader, config = (next(iter(one.get("response_range", {}).get("kvs", [])), None) for one in answers)
        paused = bool(config and json.loads(_decode(config["value"])).get("pause"))
        if leader is None:
            return LeaderKey(None, "", "", paused)
        return LeaderKey(_decode(leader["value"]), leader["mod_revision"], leader.get("lease", "0"), paused)

    def lease_left(self, lease: str) -> float | None:
        """Seconds until the lease ends; None for a key without a lease."""
        if lease in ("", "0"):
            return None
        return float(self._call("/v3/lease/timetolive", {"ID": lease}).get("TTL", 0))

    def delete_leader(self, key: LeaderKey) -> bool:
        """Deletes the leader key only if it is exactly the one that was read. False: it is not, nothing was done."""
        name = _encode(self._prefix + "leader")
        compare = [
            {"key": name, "target": "VALUE", "value": _encode(key.holder or "")},
            {"key": name, "target": "MOD", "mod_revision": key.mod_revision},
        ]
        success = [{"request_delete_range": {"key": name}}]
        return bool(self._call("/v3/kv/txn", {"compare": compare, "success": success}).get("succeeded"))

    def api_url(self, member: str) -> str | None:
        """Where the member's Patroni says its REST interface is."""
        found = self._call("/v3/kv/range", {"key": _encode(f"{self._prefix}members/{member}")}).get("kvs", [])
        return json.loads(_decode(found[0]["value"])).get("api_url") if found else None

    def _call(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        # A kept connection may have been closed by a restart of etcd: the second try has a new one.
        for kept in (self._connection is not None, False):
            try:
                return self._send(path, body)
            except (OSError, http.client.HTTPException, ValueError) as error:
                self.close()
                if not kept or isinstance(error, TimeoutError):
                    raise EtcdError(f"{type(error).__name__}: {error}") from error
        raise AssertionError("unreachable")

    def _send(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        if self._connection is None:
            self._connection = (
                http.client.HTTPSConnection(self._host, self._port, timeout=self._timeout, context=self._context)
                if self._context
                else http.client.HTTPConnection(self._host, self._port, timeout=self._timeout)
            )
        self._connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
        response = self._connection.getresponse()
        text = response.read()
        if response.status != 200:
            raise EtcdError(f"{path}: HTTP {response.status} {text[:200]!r}")
        answer: dict[str, Any] = json.loads(text)
        return answer

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
