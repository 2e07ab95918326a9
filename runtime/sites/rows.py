"""How sites lie in the table: the site, the guard of its subdomain, the count of its environment, and its purge."""

from __future__ import annotations

from datetime import datetime, timedelta

from runtime.clock import iso, parse_iso
from runtime.hateoas_endpoint.problem import BusinessException, Code
from runtime.sites.domain import KEPT_AFTER_DELETION, Environment, Site, SiteStatus
from runtime.table.port import BOTTOM, Index, Key, Query, Row, end_of

PREFIX = "SITE#"
PURGES = "SITE#PURGE"
PURGE_AGAIN = timedelta(days=1)
"""When a purge that did not come to its end is begun again."""


def site_key(tenant_id: str, site_id: str) -> Key:
    """The key of a site."""
    return Key(f"TENANT#{tenant_id}", f"{PREFIX}{site_id}")


def pointer_key(site_id: str) -> Key:
    """The key of the row that says whose site it is, for paths that name no tenant."""
    return Key(f"{PREFIX}{site_id}", "SITE")


def subdomain_key(environment: Environment, subdomain: str) -> Key:
    """The key of the guard that lets one site of all tenants have a subdomain in an environment."""
    return Key(f"SUBDOMAIN#{environment}#{subdomain}", "SUBDOMAIN")


def quota_key(tenant_id: str, environment: Environment) -> Key:
    """The key of the count of a tenant's sites in an environment."""
    return Key(f"TENANT#{tenant_id}", f"QUOTA#{environment}")


def purge_key(site_id: str) -> Key:
    """The key of the row by which the sweeper finds a site whose data is to go."""
    return Key(f"{PREFIX}{site_id}", "PURGE")


def site_row(site: Site) -> Row:
    """Write a site. Names here are those of documents; what documents do not show follows at the end."""
    partition = f"TENANT#{site.tenant_id}#SITES#{site.environment}"
    row: Row = {
        **site_key(site.tenant_id, site.site_id).as_row(),
        "GSI1PK": partition,
        "GSI1SK": site.site_id,
        "GSI2PK": f"{partition}#{site.status}",
        "GSI2SK": site.site_id,
        "entityType": "SITE",
        "siteId": site.site_id,
        "tenantId": site.tenant_id,
        "siteName": site.site_name,
        "subdomain": site.subdomain,
        "url": site.url,
        "environment": site.environment.value,
        "status": site.status.value,
        "healthStatus": site.health_status,
        "createdAt": iso(site.created_at),
        "createdBy": site.created_by,
        "updatedAt": iso(site.updated_at),
        "version": site.version,
        "decidedVersion": site.decided_version,
    }
    optional = {
        "wordpressVersion": site.wordpress_version,
        "phpVersion": site.php_version,
        "promotedFrom": site.promoted_from,
        "promotedTo": site.promoted_to,
        "lastPromotion": site.last_promotion and dict(site.last_promotion),
        "clonedFrom": site.cloned_from,
        "restorableUntil": site.restorable_until and iso(site.restorable_until),
        "activeOperation": site.active_operation,
        "statusBefore": site.status_before and site.status_before.value,
    }
    if site.status is SiteStatus.DELETED:
        optional["ttl"] = int((site.updated_at + KEPT_AFTER_DELETION).timestamp())  # type: ignore[assignment]
    return row | {name: value for name, value in optional.items() if value is not None}


def site_from(row: Row) -> Site:
    """Read a site."""
    return Site(
        site_id=row["siteId"],
        tenant_id=row["tenantId"],
        site_name=row["siteName"],
        subdomain=row["subdomain"],
        url=row["url"],
        environment=Environment(row["environment"]),
        status=SiteStatus(row["status"]),
        created_at=parse_iso(row["createdAt"]),
        created_by=row["createdBy"],
        updated_at=parse_iso(row["updatedAt"]),
        health_status=row["healthStatus"],
        wordpress_version=row.get("wordpressVersion"),
        php_version=row.get("phpVersion"),
        promoted_from=row.get("promotedFrom"),
        promoted_to=row.get("promotedTo"),
        last_promotion=row.get("lastPromotion"),
        cloned_from=row.get("clonedFrom"),
        active_operation=row.get("activeOperation"),
        status_before=SiteStatus(row["statusBefore"]) if "statusBefore" in row else None,
        restorable_until=parse_iso(row["restorableUntil"]) if "restorableUntil" in row else None,
        version=row["version"],
        decided_version=row["decidedVersion"],
    )


def existing_site(row: Row | None) -> Site:
    """Read a site that must be there; SITE_002 when it is not."""
    if row is None:
        raise BusinessException(Code.SITE_002, "There is no such site.")
    return site_from(row)


def pointer_row(site: Site) -> Row:
    """Write whose site it is; the row is there until the site is deleted."""
    return {**pointer_key(site.site_id).as_row(), "entityType": "SITE_POINTER", "tenantId": site.tenant_id}


def subdomain_row(site: Site) -> Row:
    """Write the guard of a subdomain."""
    guard = subdomain_key(site.environment, site.subdomain).as_row()
    return {**guard, "entityType": "SUBDOMAIN", "tenantId": site.tenant_id, "siteId": site.site_id}


def purge_row(site: Site, due: datetime) -> Row:
    """Write when the data of a site is to go."""
    return {
        **purge_key(site.site_id).as_row(),
        "GSI1PK": PURGES,
        "GSI1SK": f"{iso(due)}#{site.site_id}",
        "entityType": "PURGE",
        "tenantId": site.tenant_id,
        "siteId": site.site_id,
    }


def purge_query(now: datetime, *, limit: int) -> Query:
    """The query of the purges that are due, longest due first."""
    return Query(partition=PURGES, low=BOTTOM, high=end_of(iso(now)), limit=limit, index=Index.GSI1, descending=False)


def list_queries(
    tenant_id: str, *, environment: Environment | None, status: SiteStatus | None, limit: int, after: str | None
) -> list[Query]:
    """The queries of one page, newest first: one, but one for each environment where only the status is asked for."""
    if environment is None and status is None:
        after_sk = None if after is None else f"{PREFIX}{after}"
        return [Query(partition=f"TENANT#{tenant_id}", low=PREFIX, high=end_of(PREFIX), limit=limit, after=after_sk)]
    if status is None:
        partitions, index = [f"TENANT#{tenant_id}#SITES#{environment}"], Index.GSI1
    else:
        asked = [environment] if environment else list(Environment)
        partitions, index = [f"TENANT#{tenant_id}#SITES#{one}#{status}" for one in asked], Index.GSI2
    return [
        Query(partition=partition, low=BOTTOM, high=end_of("site-"), limit=limit, after=after, index=index)
        for partition in partitions
    ]
