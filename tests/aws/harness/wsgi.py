"""What a request says of itself."""

import io
import re
from urllib.parse import parse_qs


def read_body(environ) -> bytes:
    """The request's body, which can be read again afterwards."""
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(body)
    return body


def scope_of(environ) -> "tuple[str, str]":
    """Region and service of the signature: "Credential=test/20260101/eu-central-1/rds/aws4_request"."""
    found = re.search(r"Credential=[^/]*/\d+/([^/]+)/([^/]+)/", environ.get("HTTP_AUTHORIZATION", ""))
    return (found[1], found[2]) if found else ("", "")


def operation_of(environ, body: bytes) -> str:
    """ "CreateDBCluster" where the protocol names it, else method and path."""
    target = environ.get("HTTP_X_AMZ_TARGET")
    if target:
        return target.split(".")[-1]
    if environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        return parse_qs(body.decode()).get("Action", [""])[0]
    path = environ.get("PATH_INFO", "")
    return path.split("/operation/")[-1] if "/operation/" in path else f"{environ['REQUEST_METHOD']} {path}"


def undisturbed(app, environ, start_response):
    """Asks again where Python stops moto in listing what another thread adds to at that moment."""
    body = read_body(environ)
    while True:
        try:
            return app({**environ, "wsgi.input": io.BytesIO(body)}, start_response)
        except RuntimeError as error:
            if "changed size during iteration" not in str(error):
                raise
