"""The few requests the guard makes to a member's Patroni. None of them raises: no answer is an answer, too."""

from __future__ import annotations

import http.client
import json
import ssl
from typing import Any
from urllib.parse import urlsplit

TIMEOUT_SECONDS = 1.0


def leads_by_failsafe(api_url: str, context: ssl.SSLContext) -> bool:
    """Whether it leads without the lease because it cannot reach etcd (failsafe_mode)."""
    answer = _call(api_url, context, "GET", "/patroni")
    return bool(answer and answer.get("failsafe_mode_is_active"))


def wake(api_url: str, context: ssl.SSLContext) -> bool:
    """Has Patroni look at its server at once instead of at the end of `loop_wait`. False: it did not answer.

    A request to change the shared configuration does that, and to remove what it does not hold changes nothing.
    """
    return _call(api_url, context, "PATCH", "/config", {"license_db_wake": None}) is not None


def _call(
    api_url: str, context: ssl.SSLContext, method: str, path: str, body: object | None = None
) -> dict[str, Any] | None:
    address = urlsplit(api_url)
    host, port = address.hostname or "", address.port
    connection = (
        http.client.HTTPSConnection(host, port, timeout=TIMEOUT_SECONDS, context=context)
        if address.scheme == "https"
        else http.client.HTTPConnection(host, port, timeout=TIMEOUT_SECONDS)
    )
    try:
        headers = {} if body is None else {"Content-Type": "application/json"}
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = json.loads(connection.getresponse().read())
        return answer if isinstance(answer, dict) else None
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        connection.close()
