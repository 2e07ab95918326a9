"""What the directory answers: the shapes of api.wordpress.org, filled with what the packages say."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from local.directory.packages import Package, Packages, rank

DOWNLOADS = "https://downloads.wordpress.org/plugin"
PAGES = "https://wordpress.org/plugins"
SINGLE_FILES = {"hello.php": "hello-dolly"}
"""Plugins that are one file of WordPress' own, by the slug that the directory has them under."""


def plugin_information(packages: Packages, slug: str) -> dict[str, Any] | None:
    """All about a plugin, for a marketplace or an installation; None when there is none."""
    versions = packages.all().get(slug)
    if not versions:
        return None
    latest = versions[0]
    changed = datetime.fromtimestamp(latest.path.stat().st_mtime, timezone.utc)
    return {
        "name": latest.says("plugin name"),
        "slug": slug,
        "version": latest.version,
        "author": html.escape(latest.says("author")),
        "author_profile": "",
        "contributors": {},
        "requires": latest.says("requires at least") or False,
        "tested": latest.says("tested up to") or False,
        "requires_php": latest.says("requires php") or False,
        "requires_plugins": _required(latest),
        "rating": 0,
        "ratings": {str(stars): 0 for stars in range(5, 0, -1)},
        "num_ratings": 0,
        "active_installs": 0,
        "downloaded": 0,
        "last_updated": f"{changed:%Y-%m-%d %-I:%M%p} GMT".replace("AM", "am").replace("PM", "pm"),
        "added": f"{changed:%Y-%m-%d}",
        "homepage": latest.says("plugin uri"),
        "short_description": html.escape(latest.says("description")),
        "sections": {title: _as_html(text) for title, text in latest.sections.items()},
        "download_link": _download(latest),
        "tags": {tag.strip().replace(" ", "-"): tag.strip() for tag in latest.says("tags").split(",") if tag.strip()},
        "versions": {package.version: _download(package) for package in reversed(versions)},
        # WordPress fails after an installation where this is missing.
        "language_packs": [],
    }


def plugin_updates(packages: Packages, installed: Mapping[str, Any]) -> dict[str, Any]:
    """What is newer than what a site has, whose main files and headers are given as WordPress sends them."""
    answer: dict[str, Any] = {"plugins": {}, "no_update": {}, "translations": []}
    known = packages.all()
    for file, headers in installed.items():
        slug = SINGLE_FILES.get(file, file.partition("/")[0])
        latest = known.get(slug, [None])[0]
        if latest and (file in SINGLE_FILES or file == latest.main):
            is_newer = rank(latest.version) > rank(str(headers.get("Version", "")))
            answer["plugins" if is_newer else "no_update"][file] = _offer(latest, file)
    return answer


def core_version(version: str) -> dict[str, Any]:
    """That a version of WordPress is the latest: the platform updates WordPress itself."""
    package = f"https://downloads.wordpress.org/release/wordpress-{version}.zip"
    offer = {
        "response": "latest",
        "download": package,
        "locale": "en_US",
        "packages": {"full": package, "no_content": "", "new_bundled": "", "partial": "", "rollback": ""},
        "current": version,
        "version": version,
        "php_version": "7.2.24",
        "mysql_version": "5.5.5",
        "new_bundled": "6.7",
        "partial_version": "",
    }
    return {"offers": [offer], "translations": []}


def theme_updates() -> dict[str, Any]:
    """Nothing: there are no themes here."""
    return {"themes": {}, "no_update": {}, "translations": []}


def installed_in(form: Mapping[str, list[str]]) -> dict[str, Any]:
    """The plugins that WordPress sends in a form field; none when the field is not what it sends."""
    try:
        plugins = json.loads(form.get("plugins", ["{}"])[0])["plugins"]
    except (ValueError, KeyError, TypeError):
        return {}
    return (
        {file: headers for file, headers in plugins.items() if isinstance(headers, dict)} if isinstance(plugins, dict) else {}
    )


def _offer(latest: Package, file: str) -> dict[str, Any]:
    return {
        "id": f"w.org/plugins/{latest.slug}",
        "slug": latest.slug,
        "plugin": file,
        "new_version": latest.version,
        "url": f"{PAGES}/{latest.slug}/",
        "package": _download(latest),
        "icons": {},
        "banners": {},
        "banners_rtl": {},
        "requires": latest.says("requires at least"),
        "tested": latest.says("tested up to"),
        "requires_php": latest.says("requires php"),
        "requires_plugins": _required(latest),
    }


def _download(package: Package) -> str:
    return f"{DOWNLOADS}/{package.slug}.{package.version}.zip"


def _required(package: Package) -> list[str]:
    return [slug.strip() for slug in package.says("requires plugins").split(",") if slug.strip()]


def _as_html(text: str) -> str:
    return "".join(f"<p>{html.escape(part.strip())}</p>\n" for part in text.split("\n\n") if part.strip())
