"""A Lambda function from the shared bundle, with a role and a log group of its own."""

from constructs.portal_function.construct import PortalFunction, Runtime
from constructs.portal_function.network import Network
from constructs.portal_function.takeover import Takeover

__all__ = ["Network", "PortalFunction", "Runtime", "Takeover"]
