"""The routes of sites."""

from __future__ import annotations

from dataclasses import replace

from runtime.hateoas_endpoint.route import PAGE_SIZE, START_AT, Parameter, Role, Route

_COLLECTION = "/tenants/{tenantId}/sites"
_ITEM = f"{_COLLECTION}/{{siteId}}"
_HANDLERS = "runtime.sites.handlers"
_MODELS = "runtime.sites.models"
_DOCUMENTS = "runtime.sites.documents"
_OPERATION = "runtime.operations.documents.OperationDocument"
_READERS = frozenset(Role)
_CHANGING = frozenset({Role.USER, Role.ADMIN, Role.STAFF})
_PROMOTING = frozenset({Role.ADMIN, Role.STAFF})
_CHANGE_CODES = (
    "TENANT_NOT_FOUND",
    "SITE_002",
    "OPERATION_IN_PROGRESS",
    "SITE_005",
    "TENANT_NOT_ACTIVE",
    "RATE_LIMITED",
    "PRECONDITION_FAILED",
)

ENVIRONMENT = Parameter(name="environment", description="Only sites of this environment.", one_of=("DEV", "SIT", "PROD"))
STATUS = Parameter(
    name="status",
    description="Only sites of this status.",
    one_of=("PROVISIONING", "ACTIVE", "FAILED", "SUSPENDED", "DEPROVISIONING", "DELETED"),
)
HARD = Parameter(
    name="hard", description="Delete for good, which frees subdomain and quota; needs `confirm`.", one_of=("true", "false")
)
CONFIRM = Parameter(name="confirm", description="The site's name, as consent to a deletion for good; may stand in the body.")

DRY_RUN = Parameter(name="dryRun", description="Only tell what would be changed, and start nothing.", one_of=("true", "false"))

LIST = Route(
    name="ListSites",
    method="GET",
    path=_COLLECTION,
    relation="sites",
    title="The tenant's sites",
    handler=f"{_HANDLERS}.list_sites",
    response=f"{_DOCUMENTS}.SitePage",
    roles=_READERS,
    query=(ENVIRONMENT, STATUS, PAGE_SIZE, START_AT),
    codes=("INVALID_CURSOR", "TENANT_NOT_FOUND"),
)
CREATE = Route(
    name="CreateSite",
    method="POST",
    path=_COLLECTION,
    relation="create-site",
    title="Create a site",
    handler=f"{_HANDLERS}.create",
    request=f"{_MODELS}.CreateSite",
    response=_OPERATION,
    roles=_CHANGING,
    success=202,
    codes=("TENANT_NOT_FOUND", "SITE_003", "SITE_004", "TENANT_NOT_ACTIVE", "RATE_LIMITED"),
)
GET = Route(
    name="GetSite",
    method="GET",
    path=_ITEM,
    relation="site",
    title="The site",
    handler=f"{_HANDLERS}.get",
    response=f"{_DOCUMENTS}.SiteDocument",
    roles=_READERS,
    codes=("TENANT_NOT_FOUND", "SITE_002"),
)
UPDATE = Route(
    name="UpdateSite",
    method="PATCH",
    path=_ITEM,
    relation="update",
    title="Rename the site, take it offline or bring it back",
    handler=f"{_HANDLERS}.update",
    request=f"{_MODELS}.UpdateSite",
    response=_OPERATION,
    roles=_CHANGING,
    success=202,
    unchanged=f"{_DOCUMENTS}.SiteDocument",
    codes=_CHANGE_CODES,
)
DELETE = Route(
    name="DeleteSite",
    method="DELETE",
    path=_ITEM,
    relation="delete",
    title="Delete the site; it can be restored for 30 days",
    handler=f"{_HANDLERS}.delete",
    request=f"{_MODELS}.DeleteSite",
    response=_OPERATION,
    roles=_CHANGING,
    query=(HARD, CONFIRM),
    success=202,
    codes=("SITE_001", *_CHANGE_CODES),
)
DELETE_PERMANENTLY = replace(
    DELETE,
    path=f"{_ITEM}?hard=true",
    relation="delete-permanently",
    title="Delete the site and its data for good",
    request=f"{_MODELS}.DeleteSitePermanently",
)
"""The same endpoint as another affordance: what it does differs so much that clients should not meet it by a parameter."""

RESTORE = Route(
    name="RestoreSite",
    method="POST",
    path=f"{_ITEM}/restore",
    relation="restore",
    title="Restore the deleted site",
    handler=f"{_HANDLERS}.restore",
    response=_OPERATION,
    roles=_CHANGING,
    success=202,
    codes=_CHANGE_CODES,
)

CLONE = Route(
    name="CloneSite",
    method="POST",
    path=f"{_ITEM}/clone",
    relation="clone",
    title="Copy the site to a new one",
    handler=f"{_HANDLERS}.clone",
    request=f"{_MODELS}.CloneSite",
    response=_OPERATION,
    roles=_CHANGING,
    success=202,
    codes=("SITE_003", "SITE_004", "SITE_006", *_CHANGE_CODES),
)
PROMOTE = Route(
    name="PromoteSite",
    method="POST",
    path=f"{_ITEM}/promote",
    relation="promote",
    title="Put the site's content on the site of the next environment",
    handler=f"{_HANDLERS}.promote",
    request=f"{_MODELS}.PromoteSite",
    response=_OPERATION,
    roles=_PROMOTING,
    query=(DRY_RUN,),
    success=202,
    unchanged=f"{_DOCUMENTS}.PromotionPlan",
    codes=("SITE_003", "SITE_004", "SITE_006", *_CHANGE_CODES),
)

ROUTES = (LIST, CREATE, GET, UPDATE, DELETE, RESTORE, CLONE, PROMOTE)
