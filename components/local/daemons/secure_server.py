"""An HTTP server for this machine's own programs: TLS, and only with a certificate of the cluster's own authority."""

from __future__ import annotations

import ssl
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Callable


class SecureServer(ThreadingHTTPServer):
    """Reads its own certificate for each connection: it is renewed now and then."""

    daemon_threads = True

    def __init__(
        self,
        address: tuple[str, int],
        handler: type[BaseHTTPRequestHandler],
        tls: dict[str, str],
        log: Callable[[str], None],
    ) -> None:
        """`tls`: paths of "ca", "cert" and "key"."""
        self.tls, self.log = tls, log
        super().__init__(address, handler)

    def finish_request(self, request: Any, client_address: Any) -> None:
        # In the connection's own thread: a client that does not go on with the handshake holds up nobody else.
        request.settimeout(10)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=self.tls["ca"])
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_cert_chain(self.tls["cert"], self.tls["key"])
        with context.wrap_socket(request, server_side=True) as secured:
            super().finish_request(secured, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        error = sys.exc_info()[1]
        if not isinstance(error, (ssl.SSLError, ConnectionError, TimeoutError)):
            self.log(f"a request failed: {error!r}")
