"""EC2: what a rule between two security groups says of itself, which moto does not give back."""

from moto.ec2.models.security_groups import SecurityGroupRule


def add():
    SecurityGroupRule.description = property(
        lambda self: self.ip_range.get("Description") or self.source_group.get("Description")
    )
