"""Plugins for a real site to have, and their packages in the directory that it asks."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from local.bed.layout import bed_of
from local.directory.pack import Mishap, pack
from tests.agent.conftest import Shop

NUMBERS = count(1)
PACKAGES = "https://downloads.wordpress.org/plugin"


@dataclass(frozen=True)
class Made:
    """A plugin that no other test has, so that PHP has not compiled its files before."""

    shop: Shop
    slug: str
    source: Path

    @property
    def folder(self) -> Path:
        return self.shop.site.content / "plugins" / self.slug

    @property
    def file(self) -> str:
        return f"{self.slug}/{self.slug}.php"

    @property
    def directory(self) -> Path:
        return bed_of(self.shop.site.bed.local).directory

    def package(self, version: str) -> str:
        """Where a version would be."""
        return f"{PACKAGES}/{self.slug}.{version}.zip"

    def publish(self, version: str, mishap: Mishap | None = None) -> Path:
        """Have the directory offer a version."""
        return pack(self.source, self.slug, version, self.directory, mishap)

    def update(self, version: str) -> None:
        self.shop.agent.update_plugin(self.shop.address, plugin_id=self.slug, version=version, package=self.package(version))

    def toggle(self, active: bool) -> bool:
        return self.shop.agent.toggle_plugin(self.shop.address, plugin_id=self.slug, active=active)

    def confirm(self) -> None:
        self.shop.agent.confirm_plugin(self.shop.address, plugin_id=self.slug)

    def is_active(self) -> bool:
        return f'"{self.file}"' in self.shop.site.option("active_plugins")

    def version(self) -> str | None:
        """The version that the site has."""
        listed = {plugin.plugin_id: plugin.version for plugin in self.shop.agent.plugins(self.shop.address)}
        return listed.get(self.slug)


def plugin(shop: Shop, scratch: Path, code: str = "", headers: str = "", mishap: Mishap | None = None) -> Made:
    """A plugin that is installed in version 1.0, and inactive."""
    made = Made(shop, f"guestbook-{next(NUMBERS)}", scratch / "source")
    made.source.mkdir()
    main = made.source / f"{made.slug}.php"
    main.write_text(f"<?php\n/*\nPlugin Name: Guestbook\nVersion: 0\n{headers}\n*/\n{code}\n")
    with zipfile.ZipFile(pack(made.source, made.slug, "1.0", scratch, mishap)) as package:
        package.extractall(shop.site.content / "plugins")
    return made
