"""A Lambda function from the shared bundle, with a role and a log group of its own."""

from constructs.portal_function.construct import PortalFunction, Runtime

__all__ = ["PortalFunction", "Runtime"]
