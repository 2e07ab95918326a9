"""The hypermedia API and its endpoints."""

from constructs.hateoas_endpoint.api import HateoasApi
from constructs.hateoas_endpoint.construct import HateoasEndpoint

__all__ = ["HateoasApi", "HateoasEndpoint"]
