"""RDS: what moto lacks of proxies, event subscriptions, parameter groups and Multi-AZ DB clusters."""

import json
import random
import string
from datetime import timedelta

from additions import adds, around
from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.ec2.models import ec2_backends
from moto.rds import utils
from moto.rds.exceptions import RDSClientError
from moto.rds.models import (
    DBCluster,
    DBClusterParameterGroup,
    DBInstance,
    DBParameterGroup,
    DBProxy,
    DBProxyTarget,
    EventSubscription,
    RDSBackend,
    RDSBaseModel,
)
from moto.rds.responses import RDSResponse


def add(databases):
    clusters(databases)
    instances(databases)
    windows()
    proxies()
    subscriptions()
    parameter_groups()
    versions()
    offers()


def random_id(length):
    return "".join(random.choices(string.ascii_lowercase + string.digits, k=length))


# Parameter of a request -> attribute of the answer.
INSIGHTS = {
    "enable_performance_insights": "performance_insights_enabled",
    "performance_insights_kms_key_id": "performance_insights_kms_key_id",
    "performance_insights_retention_period": "performance_insights_retention_period",
    "database_insights_mode": "database_insights_mode",
}
# Minor versions of each major one, the newest last.
VERSIONS = {"15": ("15.15", "15.16", "15.17", "15.18"), "16": ("16.13", "16.14"), "17": ("17.9", "17.10")}
NEWEST = {major: minors[-1] for major, minors in VERSIONS.items()}


def full_version(asked):
    """A major version alone means its newest minor one."""
    return NEWEST.get(asked, asked)


def insights(database, asked):
    for parameter, attribute in INSIGHTS.items():
        if asked.get(parameter) is not None:
            setattr(database, attribute, asked[parameter])
    defaults = {"performance_insights_enabled": False, "database_insights_mode": "standard"}
    for attribute, value in defaults.items():
        if getattr(database, attribute, None) is None:
            setattr(database, attribute, value)


def certificate(authority):
    return {"CAIdentifier": authority or "rds-ca-rsa2048-g1", "ValidTill": utcnow() + timedelta(days=365)}


def clusters(databases):
    @around(DBCluster, "__init__")
    def make(before, self, backend, **asked):
        # Multi-AZ DB clusters have had IAM authentication since 2023; moto refuses it.
        iam = asked.pop("enable_iam_database_authentication", None)
        engine_version = full_version(asked.pop("engine_version", None))
        before(self, backend, engine_version=engine_version, **asked)
        self.iam_auth = bool(iam)
        self.monitoring_interval = asked.get("monitoring_interval") or 0
        self.monitoring_role_arn = asked.get("monitoring_role_arn")
        self.engine_lifecycle_support = asked.get("engine_lifecycle_support") or "open-source-rds-extended-support"
        self.certificate_details = certificate(asked.get("ca_certificate_identifier"))
        insights(self, asked)

    @around(RDSBackend, "create_db_cluster")
    def create(before, self, asked):
        cluster = before(self, asked)
        if asked.get("db_cluster_instance_class"):
            for number in (1, 2, 3):
                self.create_db_instance(
                    {
                        "db_instance_identifier": f"{cluster.db_cluster_identifier}-instance-{number}",
                        "db_cluster_identifier": cluster.db_cluster_identifier,
                        "db_instance_class": cluster.db_cluster_instance_class,
                        "engine": cluster.engine,
                        "availability_zone": cluster.availability_zones[number - 1],
                        "db_subnet_group_name": cluster.db_subnet_group_name,
                    }
                )
            serve(databases, cluster, [cluster.endpoint, cluster.reader_endpoint], cluster.database_name)
        return cluster

    @around(RDSBackend, "modify_db_cluster")
    def modify(before, self, asked):
        cluster = self.clusters[asked["db_cluster_identifier"]]
        iam = asked.pop("enable_iam_database_authentication", None)
        if iam is not None:
            cluster.iam_auth = iam
        if asked.get("engine_version"):
            asked["engine_version"] = full_version(asked["engine_version"])
        authority = asked.pop("ca_certificate_identifier", None)
        if authority:
            cluster.certificate_details = certificate(authority)
        insights(cluster, asked)
        # moto would put the request, two lists by name, in place of the list of logs, and then look in it.
        logs = asked.pop("cloudwatch_logs_export_configuration", None) or {}
        kept = [log for log in cluster.enabled_cloudwatch_logs_exports if log not in logs.get("DisableLogTypes", [])]
        cluster.enabled_cloudwatch_logs_exports = [*kept, *logs.get("EnableLogTypes", [])]
        return before(self, asked)

    @around(RDSBackend, "delete_db_cluster")
    def delete(before, self, cluster_identifier, snapshot_name=None):
        cluster = self.clusters.get(cluster_identifier)
        # The members of a Multi-AZ DB cluster are the service's and go with it.
        members = cluster._members if cluster and cluster.db_cluster_instance_class else []
        if cluster and not cluster.deletion_protection:
            for member in members:
                self.databases.pop(member.db_instance_identifier, None)
        gone = before(self, cluster_identifier, snapshot_name)
        databases.stop(gone.arn)
        return gone

    # Of an engine that knows no serverless capacity the service says nothing about it.
    DBCluster.scaling_configuration_info = property(lambda self: None)


def serve(databases, database, hosts, name):
    """Has a real PostgreSQL behind the endpoints, with the master that the secret speaks of."""
    if database.engine == "postgres" and database.manage_master_user_password:
        secret = database.backend.secretsmanager.get_secret_value(database.master_user_secret.secret_arn, None, None)
        password = json.loads(secret["SecretString"])["password"]
        databases.start(database.arn, hosts, database.master_username, password, name)


def instances(databases):
    @around(RDSBackend, "create_db_instance")
    def create(before, self, asked):
        instance = before(self, asked)
        if not instance.db_cluster_identifier:
            serve(databases, instance, [instance.address], instance.db_name)
        return instance

    @around(RDSBackend, "delete_db_instance")
    def delete(before, self, *args, **kwargs):
        gone = before(self, *args, **kwargs)
        databases.stop(gone.arn)
        return gone

    @around(DBInstance, "__init__")
    def make(before, self, *args, **asked):
        if asked.get("engine_version"):
            asked["engine_version"] = full_version(asked["engine_version"])
        before(self, *args, **asked)
        self.dbi_resource_id = f"db-{random_id(26).upper()}"
        self.engine_lifecycle_support = asked.get("engine_lifecycle_support") or "open-source-rds-extended-support"
        self.certificate_details = certificate(asked.get("ca_certificate_identifier"))
        self.ca_certificate_identifier = self.certificate_details["CAIdentifier"]
        insights(self, asked)

    @around(DBInstance, "update")
    def update(before, self, *args, **asked):
        if asked.get("engine_version"):
            asked["engine_version"] = full_version(asked["engine_version"])
        before(self, *args, **asked)
        if asked.get("ca_certificate_identifier"):
            self.certificate_details = certificate(asked["ca_certificate_identifier"])
        insights(self, asked)


def windows():
    overlap = utils.get_overlap_between_two_date_ranges

    # A window that begins when another ends does not overlap it; moto says so.
    utils.get_overlap_between_two_date_ranges = lambda *ranges: overlap(*ranges) or -1


class DBProxyEndpoint(RDSBaseModel):
    # moto files its models by the module they are in.
    __module__ = "moto.rds.models"
    resource_type = "db-proxy-endpoint"

    def __init__(self, backend, proxy, name, subnets, groups, role, tags):
        super().__init__(backend)
        self.db_proxy_endpoint_name = name
        self.db_proxy_name = proxy.db_proxy_name
        self.vpc_id = proxy.vpc_id
        self.vpc_subnet_ids = subnets
        self.vpc_security_group_ids = groups or proxy.vpc_security_group_ids
        self.target_role = role or "READ_WRITE"
        self.status = "available"
        self.created_date = utcnow()
        self.is_default = False
        self.endpoint_network_type = "IPV4"
        self.unique_id = f"prx-endpoint-{random_id(17)}"
        self.tags = tags or []
        self.endpoint = f"{name}.endpoint.proxy-{random_id(12)}.{self.region}.rds.amazonaws.com"

    @property
    def resource_id(self):
        return self.unique_id

    @property
    def db_proxy_endpoint_arn(self):
        return self.arn


def proxies():
    @around(RDSBackend, "__init__")
    def remember(before, self, *args, **kwargs):
        before(self, *args, **kwargs)
        self.db_proxy_endpoints = {}

    @around(RDSBackend, "_get_resource_for_tagging")
    def tagged(before, self, arn):
        # By its ARN an endpoint goes by another name than in requests.
        endpoints = (one for one in self.db_proxy_endpoints.values() if one.arn == arn)
        return next(endpoints, None) or before(self, arn)

    def endpoint(self):
        name = self.params["DBProxyEndpointName"]
        found = self.backend.db_proxy_endpoints.get(name)
        if found is None:
            raise RDSClientError("DBProxyEndpointNotFoundFault", f"The proxy endpoint {name} does not exist.")
        return found

    @around(DBProxy, "__init__")
    def make(before, self, *args, **kwargs):
        before(self, *args, **kwargs)
        self.default_auth_scheme = "NONE"
        self.endpoint_network_type = "IPV4"
        self.target_connection_network_type = "IPV4"

    @around(DBProxyTarget, "__init__")
    def aim(before, self, *args, **kwargs):
        before(self, *args, **kwargs)
        self.role = "READ_WRITE"

    @adds(RDSResponse)
    class Endpoints:
        def create_db_proxy_endpoint(self):
            asked = self.params
            proxy = self.backend.describe_db_proxies(asked["DBProxyName"])[0]
            name = asked["DBProxyEndpointName"]
            if name in self.backend.db_proxy_endpoints:
                raise RDSClientError("DBProxyEndpointAlreadyExistsFault", f"The proxy endpoint {name} exists already.")
            made = DBProxyEndpoint(
                self.backend,
                proxy,
                name,
                asked["VpcSubnetIds"],
                asked.get("VpcSecurityGroupIds"),
                asked.get("TargetRole"),
                asked.get("Tags"),
            )
            self.backend.db_proxy_endpoints[name] = made
            return ActionResult({"DBProxyEndpoint": made})

        def describe_db_proxy_endpoints(self):
            asked = self.params
            found = [endpoint(self)] if asked.get("DBProxyEndpointName") else self.backend.db_proxy_endpoints.values()
            proxy = asked.get("DBProxyName")
            return ActionResult({"DBProxyEndpoints": [one for one in found if proxy in (None, one.db_proxy_name)]})

        def modify_db_proxy_endpoint(self):
            changed = endpoint(self)
            changed.vpc_security_group_ids = self.params.get("VpcSecurityGroupIds", changed.vpc_security_group_ids)
            return ActionResult({"DBProxyEndpoint": changed})

        def delete_db_proxy_endpoint(self):
            gone = self.backend.db_proxy_endpoints.pop(endpoint(self).db_proxy_endpoint_name)
            gone.status = "deleting"
            return ActionResult({"DBProxyEndpoint": gone})

        def modify_db_proxy(self):
            asked = self.params
            proxy = self.backend.describe_db_proxies(asked["DBProxyName"])[0]
            for parameter, attribute in {
                "Auth": "auth",
                "RequireTLS": "require_tls",
                "IdleClientTimeout": "idle_client_timeout",
                "DebugLogging": "debug_logging",
                "RoleArn": "role_arn",
                "SecurityGroups": "vpc_security_group_ids",
                "DefaultAuthScheme": "default_auth_scheme",
            }.items():
                if asked.get(parameter) is not None:
                    setattr(proxy, attribute, asked[parameter])
            proxy.updated_date = utcnow()
            return ActionResult({"DBProxy": proxy})


def subscriptions():
    @around(EventSubscription, "__init__")
    def make(before, self, *args, **asked):
        # Without "Enabled" a subscription is active.
        before(self, *args, **{"enabled": True, **asked})

    def subscription(self):
        name = self.params["SubscriptionName"]
        found = self.backend.event_subscriptions.get(name)
        if found is None:
            raise RDSClientError("SubscriptionNotFound", f"Subscription {name} not found.")
        return found

    @adds(RDSResponse)
    class Subscriptions:
        def modify_event_subscription(self):
            changed = subscription(self)
            for parameter, attribute in {
                "SnsTopicArn": "sns_topic_arn",
                "SourceType": "source_type",
                "EventCategories": "event_categories",
                "Enabled": "enabled",
            }.items():
                if self.params.get(parameter) is not None:
                    setattr(changed, attribute, self.params[parameter])
            return ActionResult({"EventSubscription": changed})

        def add_source_identifier_to_subscription(self):
            changed = subscription(self)
            changed.source_ids = [*changed.source_ids, self.params["SourceIdentifier"]]
            return ActionResult({"EventSubscription": changed})

        def remove_source_identifier_from_subscription(self):
            changed = subscription(self)
            changed.source_ids = [one for one in changed.source_ids if one != self.params["SourceIdentifier"]]
            return ActionResult({"EventSubscription": changed})


def parameter_groups():
    def reset(group, asked):
        names = list(group.parameters) if asked.get("ResetAllParameters") else []
        for name in [*names, *(one["ParameterName"] for one in asked.get("Parameters") or [])]:
            group.parameters.pop(name, None)

    @around(DBParameterGroup, "update_parameters")
    def set_parameters(before, self, parameters):
        before(self, [{**one, "Source": "user"} for one in parameters])

    @around(DBClusterParameterGroup, "update_cluster_parameters")
    def set_cluster_parameters(before, self, parameters):
        before(self, [{**one, "Source": "user"} for one in parameters])

    @adds(RDSResponse)
    class Resets:
        def reset_db_parameter_group(self):
            group = self.backend.db_parameter_groups[self.params["DBParameterGroupName"]]
            reset(group, self.params)
            return ActionResult({"DBParameterGroupName": group.name})

        def reset_db_cluster_parameter_group(self):
            group = self.backend.db_cluster_parameter_groups[self.params["DBClusterParameterGroupName"]]
            reset(group, self.params)
            return ActionResult({"DBClusterParameterGroupName": group.name})


def versions():
    @adds(RDSResponse)
    class Versions:
        def describe_db_engine_versions(self):
            asked = self.params
            wanted = asked.get("EngineVersion")
            only_default = asked.get("DefaultOnly")
            found = [
                {
                    "Engine": "postgres",
                    "EngineVersion": minor,
                    "MajorEngineVersion": major,
                    "DBParameterGroupFamily": f"postgres{major}",
                    "DBEngineDescription": "PostgreSQL",
                    "DBEngineVersionDescription": f"PostgreSQL {minor}-R1",
                    "Status": "available",
                    "ValidUpgradeTarget": [
                        {"Engine": "postgres", "EngineVersion": higher, "IsMajorVersionUpgrade": True}
                        for newer, higher in NEWEST.items()
                        if newer > major
                    ],
                }
                for major, minors in VERSIONS.items()
                for minor in minors
                if wanted in (None, major, minor)
                and not (only_default and minor != NEWEST[major])
                and asked.get("Engine") in (None, "postgres")
                and asked.get("DBParameterGroupFamily") in (None, f"postgres{major}")
            ]
            return ActionResult({"DBEngineVersions": found})


# For PostgreSQL 15, and for Multi-AZ DB clusters of it, as the RDS user guide has them.
CLUSTER_FAMILIES = ("c6gd", "m5d", "m6gd", "m6id", "m6idn", "r5d", "r6gd", "r6id", "r6idn", "x2iedn")
FAMILIES = (*CLUSTER_FAMILIES, "m5", "m6g", "m6i", "m7g", "m7i", "m8g", "r5", "r6g", "r6i", "r7g", "r7i", "t3", "t4g")
SIZES = ("micro", "small", "medium", "large", "xlarge", *(f"{many}xlarge" for many in (2, 4, 8, 12, 16, 24, 32)))


def offers():
    """moto sells Aurora alone."""

    @around(RDSResponse, "describe_orderable_db_instance_options")
    def describe(before, self):
        asked = self.params
        if asked.get("Engine") != "postgres":
            return before(self)
        _, family, size = (asked.get("DBInstanceClass") or "db.m6gd.xlarge").split(".")
        sold = sum(VERSIONS.values(), ())
        versions = [one for one in sold if asked.get("EngineVersion") in (None, one)]
        if family not in FAMILIES or size not in SIZES:
            versions = []
        zones = ec2_backends[self.current_account][self.region].describe_availability_zones()
        offer = {
            "Engine": "postgres",
            "DBInstanceClass": f"db.{family}.{size}",
            "LicenseModel": "postgresql-license",
            "AvailabilityZones": [{"Name": zone.name} for zone in zones],
            "MultiAZCapable": True,
            "ReadReplicaCapable": True,
            "Vpc": True,
            "SupportsClusters": family in CLUSTER_FAMILIES,
            "SupportsStorageEncryption": True,
            "SupportsEnhancedMonitoring": True,
            "SupportsIAMDatabaseAuthentication": True,
            "SupportsPerformanceInsights": True,
        }
        types = ("gp3", "io1", "io2") if family in CLUSTER_FAMILIES else ("gp2", "gp3", "io1", "io2")
        offers = [{**offer, "EngineVersion": one, "StorageType": kind} for one in versions for kind in types]
        return ActionResult({"OrderableDBInstanceOptions": offers})
