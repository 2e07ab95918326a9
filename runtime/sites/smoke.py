"""The smoke test: whether a site that was just changed still serves what every WordPress serves."""

from __future__ import annotations

from runtime.wordpress.port import SiteAddress, SiteAgent, Visit, WordPressTimeout

REVALIDATED_SECONDS = 3
"""After which PHP on every server has looked at changed files again: one more than opcache.revalidate_freq."""

PAGES = {"home page": "/", "login page": "/wp-login.php", "REST index": "/wp-json/"}


def complaint(agent: SiteAgent, site: SiteAddress, *, known: str | None = None) -> str | None:
    """What is wrong with the site's pages, in a sentence; None where nothing is, or only what was ``known`` before.

    A page that takes too long is wrong. Raises WordPressFault where nothing can be said, because nobody answers at all.
    """
    for name, path in PAGES.items():
        try:
            wrong = _wrong(name, agent.visit(site, path))
        except WordPressTimeout:
            wrong = f"the {name} does not answer in time."
        if wrong:
            return None if wrong == known else wrong
    return None


def _wrong(name: str, visit: Visit) -> str | None:
    if visit.status >= 400:
        return f"the {name} answers {visit.status}."
    return None if visit.whole else f"the {name} breaks off."
