"""CloudWatch by Smithy RPC v2 CBOR, which moto does not speak: put into the JSON it does speak, and back."""

import datetime
import io
import json
import re

import cbor2
from botocore.session import get_session
from wsgi import read_body

PATH = re.compile(r"^/service/GraniteServiceVersion20100801/operation/(\w+)$")


def add(app):
    model = get_session().get_service_model("cloudwatch")

    def answer(environ, start_response):
        found = PATH.match(environ.get("PATH_INFO", ""))
        if not found:
            return app(environ, start_response)
        operation = model.operation_model(found[1])
        asked = cbor2.loads(read_body(environ) or b"\xa0")
        body = json.dumps(asked, default=seconds).encode()
        # The signature is of the other body, but moto checks none.
        plain = {
            **environ,
            "PATH_INFO": "/",
            "CONTENT_TYPE": "application/x-amz-json-1.0",
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_X_AMZ_TARGET": f"GraniteServiceVersion20100801.{found[1]}",
            "wsgi.input": io.BytesIO(body),
        }
        said = {}

        def start(status, headers, exc_info=None):
            said.update(status=status, headers=headers)

        text = b"".join(app(plain, start))
        result = json.loads(text or b"{}")
        if said["status"].startswith("200"):
            result = timed(operation.output_shape, result)
        kept = [
            (name, value) for name, value in said["headers"] if name.lower() not in ("content-type", "content-length")
        ]
        start_response(
            said["status"], [*kept, ("Content-Type", "application/cbor"), ("smithy-protocol", "rpc-v2-cbor")]
        )
        return [cbor2.dumps(result, datetime_as_timestamp=True)]

    return answer


def seconds(moment: datetime.datetime) -> float:
    return moment.timestamp()


def timed(shape, value):
    """JSON has seconds where CBOR has its own kind of moment."""
    if shape is None or value is None:
        return value
    if shape.type_name == "structure":
        return {name: timed(shape.members.get(name), one) for name, one in value.items() if one is not None}
    if shape.type_name == "list":
        return [timed(shape.member, one) for one in value]
    if shape.type_name == "timestamp":
        return datetime.datetime.fromtimestamp(float(value), datetime.timezone.utc)
    return value
