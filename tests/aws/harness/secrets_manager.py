"""Secrets Manager: the master secret that RDS keeps."""

import json

from additions import around
from moto.rds.models import MasterUserSecret
from moto.secretsmanager.models import SecretsManagerBackend


def add():
    def text(self):
        # moto has one name and one password for all.
        password = self.secretsmanager.get_random_password(
            password_length=28,
            exclude_characters="\"'@/\\",
            exclude_numbers=False,
            exclude_punctuation=False,
            exclude_uppercase=False,
            exclude_lowercase=False,
            include_space=False,
            require_each_included_type=True,
        )
        return json.dumps(
            {"username": self.resource.master_username, "password": json.loads(password)["RandomPassword"]}
        )

    MasterUserSecret._generate_secret_string = text

    @around(SecretsManagerBackend, "cancel_rotate_secret")
    def cancel(before, self, secret_id):
        secret = self.secrets.get(secret_id)
        if secret is None or secret.owning_service is None:
            return before(self, secret_id)
        # The service that owns it rotates it without a function (terraform-provider-aws #49659 stops that so).
        secret.rotation_enabled = False
        return secret.to_short_dict()
