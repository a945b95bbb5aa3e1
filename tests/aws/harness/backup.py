"""AWS Backup: selections, changed plans and vaults' access policies, which moto lacks."""

import time
import uuid
from urllib.parse import unquote

from additions import adds, around
from moto.backup import urls
from moto.backup.exceptions import ResourceNotFoundException
from moto.backup.models import BackupBackend
from moto.backup.responses import BackupResponse
from moto.core.responses import ActionResult, EmptyResult


def add():
    urls.url_paths["{0}/backup-vaults/(?P<name>[^/]+)/access-policy$"] = BackupResponse.dispatch

    @around(BackupBackend, "__init__")
    def remember(before, self, *args, **kwargs):
        before(self, *args, **kwargs)
        self.selections = {}
        self.policies = {}

    def list_tags(self):
        # The published path ends with a slash, which clients leave out; moto then takes the wrong part of it.
        arn = unquote(self.path.rstrip("/").split("/tags/")[-1])
        return ActionResult({"Tags": self.backup_backend.list_tags(arn)})

    BackupResponse.list_tags = list_tags

    @adds(BackupResponse)
    class Selections:
        def create_backup_selection(self):
            plan = self.backup_backend.get_backup_plan(self.path.split("/")[3], None)
            identifier = str(uuid.uuid4())
            self.backup_backend.selections[identifier] = {
                "BackupPlanId": plan.backup_plan_id,
                "SelectionId": identifier,
                "CreationDate": time.time(),
                "CreatorRequestId": self._get_param("CreatorRequestId"),
                "BackupSelection": complete(self._get_param("BackupSelection")),
            }
            return ActionResult(self.backup_backend.selections[identifier])

        def get_backup_selection(self):
            return ActionResult(selection(self))

        def delete_backup_selection(self):
            del self.backup_backend.selections[selection(self)["SelectionId"]]
            return EmptyResult()

        def list_backup_selections(self):
            plan = self.path.split("/")[3]
            every = self.backup_backend.selections.values()
            return ActionResult({"BackupSelectionsList": [one for one in every if one["BackupPlanId"] == plan]})

        def update_backup_plan(self):
            plan = self.backup_backend.get_backup_plan(self.path.split("/")[3], None)
            changed = type(plan)(self._get_param("BackupPlan"), plan.creator_request_id, self.backup_backend)
            plan.backup_plan, plan.version_id = changed.backup_plan, changed.version_id
            return ActionResult(plan.to_dict())

    @adds(BackupResponse)
    class Policies:
        def put_backup_vault_access_policy(self):
            vault = self.backup_backend.describe_backup_vault(self.path.split("/")[2])
            self.backup_backend.policies[vault.backup_vault_name] = self._get_param("Policy")
            return EmptyResult()

        def get_backup_vault_access_policy(self):
            vault = self.backup_backend.describe_backup_vault(self.path.split("/")[2])
            policy = self.backup_backend.policies.get(vault.backup_vault_name)
            if policy is None:
                raise ResourceNotFoundException(f"{vault.backup_vault_name} has no access policy")
            named = {"BackupVaultName": vault.backup_vault_name, "BackupVaultArn": vault.backup_vault_arn}
            return ActionResult({**named, "Policy": policy})

        def delete_backup_vault_access_policy(self):
            self.backup_backend.policies.pop(self.path.split("/")[2], None)
            return EmptyResult()


def complete(asked):
    """The service gives lists and conditions back where none were given."""
    conditions = {name: [] for name in ("StringEquals", "StringNotEquals", "StringLike", "StringNotLike")}
    return {
        "ListOfTags": [],
        "NotResources": [],
        "Resources": [],
        **asked,
        "Conditions": {**conditions, **(asked.get("Conditions") or {})},
    }


def selection(response):
    found = response.backup_backend.selections.get(response.path.rstrip("/").split("/")[-1])
    if found is None:
        raise ResourceNotFoundException("Cannot find Backup selection")
    return found
