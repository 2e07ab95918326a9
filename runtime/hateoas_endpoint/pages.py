"""The addresses of a page and of the one after it, which every collection gives in the same way."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from runtime.hateoas_endpoint import cursor
from runtime.hateoas_endpoint.request import PageRequest
from runtime.hateoas_endpoint.route import Route


def page_hrefs(route: Route, parameters: Mapping[str, str], page: PageRequest, position: str | None) -> tuple[str, str | None]:
    """The href of this page, and that of the page after ``position``, None where there is no more."""
    query = {**page.filters, "pageSize": str(page.size)}
    own = {**query, "startAt": page.after} if page.after else query
    href = route.href(parameters)
    if position is None:
        return f"{href}?{urlencode(own)}", None
    following = {**query, "startAt": cursor.encode(route, page.filters, position)}
    return f"{href}?{urlencode(own)}", f"{href}?{urlencode(following)}"
