"""KMS: how often a key rotates, which moto forgets."""

import json

from additions import around
from moto.kms.responses import KmsResponse

YEAR = 365


def add():
    @around(KmsResponse, "enable_key_rotation")
    def enable(before, self):
        answer = before(self)
        key(self).rotation_period = self._get_param("RotationPeriodInDays") or YEAR
        return answer

    @around(KmsResponse, "get_key_rotation_status")
    def status(before, self):
        said = json.loads(before(self))
        if said["KeyRotationEnabled"]:
            said["RotationPeriodInDays"] = getattr(key(self), "rotation_period", YEAR)
        return json.dumps(said)


def key(response):
    return response.kms_backend.keys[response.kms_backend.get_key_id(response._get_param("KeyId"))]
