"""The Serverless Application Repository, which moto has not: change sets of a published application.

The template is the one AWS publishes for rotation functions, cut down to what a stack is made of: the function, its
role, and the permission for Secrets Manager to call it. The function's code is AWS's and not had here: it is never run.
"""

import json
import re
import uuid
from urllib.parse import unquote

import boto3
from additions import around
from moto.cloudformation.models import CloudFormationBackend, cloudformation_backends
from moto.core import DEFAULT_ACCOUNT_ID
from wsgi import read_body, scope_of

CHANGE_SETS = re.compile(r"^/applications/(.+)/changesets$")
VERSIONS = re.compile(r"^/applications/(.+)/versions$")
APPLICATION = re.compile(r"^/applications/(.+)$")

PARAMETERS = {
    name: {"Type": "String", **({} if needed else {"Default": ""})}
    for name, needed in {
        "endpoint": True,
        "functionName": True,
        "vpcSubnetIds": False,
        "vpcSecurityGroupIds": False,
        "excludeCharacters": False,
        "kmsKeyArn": False,
        "invokingServicePrincipal": False,
        "runtime": False,
        "superuserSecretArn": False,
        "masterSecretArn": False,
    }.items()
}

TEMPLATE = {
    "AWSTemplateFormatVersion": "2010-09-09",
    "Parameters": PARAMETERS,
    "Resources": {
        "SecretsManagerRDSPostgreSQLRotationSingleUserRole": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "AssumeRolePolicyDocument": {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": {"Service": "lambda.amazonaws.com"},
                            "Action": "sts:AssumeRole",
                        }
                    ],
                }
            },
        },
        "SecretsManagerRDSPostgreSQLRotationSingleUser": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "FunctionName": {"Ref": "functionName"},
                "Handler": "lambda_function.lambda_handler",
                "Runtime": "python3.11",
                "Role": {"Fn::GetAtt": ["SecretsManagerRDSPostgreSQLRotationSingleUserRole", "Arn"]},
                "Code": {"ZipFile": "raise NotImplementedError('AWS publishes the code; it is not here')"},
            },
        },
    },
    "Outputs": {
        "RotationLambdaARN": {"Value": {"Fn::GetAtt": ["SecretsManagerRDSPostgreSQLRotationSingleUser", "Arn"]}}
    },
}


def add(app, port):
    change_sets()

    def answer(environ, start_response):
        region, service = scope_of(environ)
        if service != "serverlessrepo":
            return app(environ, start_response)
        path = unquote(environ["PATH_INFO"])
        asked = json.loads(read_body(environ) or b"{}")
        found = CHANGE_SETS.match(path)
        if found and environ["REQUEST_METHOD"] == "POST":
            status, said = "201 Created", change_set(port, region, found[1], asked)
        elif (found := VERSIONS.match(path) or APPLICATION.match(path)) is not None:
            status, said = "200 OK", application(found[1])
        else:
            status, said = "404 Not Found", {"errorCode": "NotFoundException", "message": f"{path} is not there"}
        start_response(status, [("Content-Type", "application/json")])
        return [json.dumps(said).encode()]

    return answer


def change_sets():
    """CloudFormation: what moto forgets of stacks that change sets make and change."""

    @around(CloudFormationBackend, "create_change_set")
    def create(before, self, *args, **kwargs):
        identifier, stack = before(self, *args, **kwargs)
        change = self.change_sets[identifier]
        # Other tags are a change, too.
        if change.status == "FAILED" and change.tags != change.stack.tags:
            change.status, change.execution_status = "CREATE_COMPLETE", "AVAILABLE"
        return identifier, stack

    @around(CloudFormationBackend, "execute_change_set")
    def execute(before, self, *args, **kwargs):
        before(self, *args, **kwargs)
        for change in self.change_sets.values():
            if change.execution_status == "EXECUTE_COMPLETE":
                stack = change.stack
                stack.parameters, stack.tags = change.parameters, change.tags
                # moto looks for the outputs when the stack is named, before it has its template.
                stack._parse_template()
                stack.output_map = stack._create_output_map()


def application(identifier):
    version = {"semanticVersion": VERSION, "requiredCapabilities": ["CAPABILITY_IAM", "CAPABILITY_RESOURCE_POLICY"]}
    return {"applicationId": identifier, "name": identifier.rsplit("/", 1)[-1], "version": version}


VERSION = "1.1.367"


def change_set(port, region, identifier, asked):
    """A CloudFormation change set named as the service names it: the stack is called serverlessrepo-NAME."""
    stack = f"serverlessrepo-{asked['stackName']}"
    name = f"a{uuid.uuid4()}"
    client = boto3.client(
        "cloudformation",
        endpoint_url=f"http://127.0.0.1:{port}",
        region_name=region,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    exists = any(
        one["StackName"] == stack
        for one in client.list_stacks()["StackSummaries"]
        if "DELETE" not in one["StackStatus"]
    )
    made = client.create_change_set(
        StackName=stack,
        ChangeSetName=name,
        ChangeSetType="UPDATE" if exists else "CREATE",
        TemplateBody=json.dumps(TEMPLATE),
        Capabilities=asked.get("capabilities", []),
        Parameters=[
            {"ParameterKey": one["name"], "ParameterValue": one["value"]} for one in asked.get("parameterOverrides", [])
        ],
        Tags=[
            *({"Key": one["key"], "Value": one["value"]} for one in asked.get("tags", [])),
            {"Key": "serverlessrepo:applicationId", "Value": identifier},
            {"Key": "serverlessrepo:semanticVersion", "Value": asked.get("semanticVersion", VERSION)},
        ],
    )
    # CloudFormation gives back the capabilities that are its own.
    made_stack = cloudformation_backends[DEFAULT_ACCOUNT_ID][region].get_stack(stack)
    made_stack.capabilities = [one for one in asked.get("capabilities", []) if one != "CAPABILITY_RESOURCE_POLICY"]
    return {
        "applicationId": identifier,
        "changeSetId": made["Id"],
        "semanticVersion": asked.get("semanticVersion", VERSION),
        "stackId": made["StackId"],
    }
