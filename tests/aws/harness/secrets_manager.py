"""Secrets Manager: the master secret that RDS keeps, as RDS writes it."""

import json

from moto.rds.models import MasterUserSecret
from moto.secretsmanager.models import SecretsManagerBackend  # noqa: F401 (loaded before RDS asks for it)


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
