"""The bodies that the site endpoints take."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from runtime.hateoas_endpoint.models import RequestModel
from runtime.sites.domain import Environment

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def _one_line(text: str) -> str:
    text = text.strip()
    if not text or _CONTROL.search(text):
        raise ValueError("must be text on one line, not blank and without control characters")
    return text


def _text(text: str) -> str:
    text = text.strip()
    if not text or _CONTROL.search(text.replace("\n", "")):
        raise ValueError("must be text, not blank and without control characters but line ends")
    return text


SiteName = Annotated[str, StringConstraints(min_length=1, max_length=100), AfterValidator(_one_line)]
Subdomain = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$")]
TableName = Annotated[str, StringConstraints(pattern=r"^wp_[A-Za-z0-9_]{1,60}$")]
OptionName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:-]{1,191}$")]
Notes = Annotated[str, StringConstraints(min_length=1, max_length=500), AfterValidator(_text)]
PluginId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,99}$")]


class CreateSite(RequestModel):
    """A new site: its name, where it answers, what it is for, and the plugins it begins with."""

    site_name: SiteName = Field(title="Name of the site")
    subdomain: Subdomain = Field(title="Subdomain")
    environment: Environment = Field(title="Environment")
    plugins: list[PluginId] = Field(default_factory=list, max_length=20, title="Plugins to begin with, by their slugs")


class CloneSite(RequestModel):
    """A copy: its name, where it answers, and what it is for, which is what the site is for unless said otherwise."""

    site_name: SiteName = Field(title="Name of the copy")
    subdomain: Subdomain = Field(title="Subdomain of the copy")
    target_environment: Environment | None = Field(default=None, title="Environment of the copy: DEV or SIT")


class PromoteSite(RequestModel):
    """A promotion, and what it leaves as it is on a site that was promoted to before."""

    target_environment: Environment = Field(title="Environment to promote to: one step up, SIT or PROD")
    notes: Notes | None = Field(default=None, title="What this promotion is about")
    users: Literal["KEEP", "REPLACE"] = Field(default="KEEP", title="The target's accounts: kept, or replaced by the site's")
    comments: Literal["KEEP", "REPLACE"] = Field(default="KEEP", title="The target's comments: kept, or replaced by the site's")
    uploads: Literal["MERGE", "REPLACE"] = Field(
        default="MERGE", title="Uploads that only the target has: kept beside the site's, or removed"
    )
    keep_tables: list[TableName] = Field(
        default_factory=list, max_length=20, title="Database tables of the target to leave as they are, such as those of orders"
    )
    keep_options: list[OptionName] = Field(
        default_factory=list, max_length=50, title="WordPress options of the target to leave as they are, such as payment keys"
    )


class UpdateSite(RequestModel):
    """What to change of a site: its name, or whether it is online."""

    site_name: SiteName | None = Field(default=None, title="Name of the site")
    status: Literal["ACTIVE", "SUSPENDED"] | None = Field(default=None, title="Online (ACTIVE) or taken offline (SUSPENDED)")

    @model_validator(mode="after")
    def _something(self) -> UpdateSite:
        if self.site_name is None and self.status is None:
            raise ValueError("name at least one of siteName and status")
        return self


class DeleteSite(RequestModel):
    """A deletion; one that cannot be undone takes the site's name as consent."""

    confirm: str | None = Field(default=None, max_length=100, title="Name of the site, as consent to a deletion for good")


class DeleteSitePermanently(RequestModel):
    """What the form of a deletion that cannot be undone asks for."""

    confirm: str = Field(max_length=100, title="Name of the site, as consent")
