"""The image as its Dockerfile says it, and its configuration filled in for the programs of this machine."""

from __future__ import annotations

import re
from pathlib import Path

from local.bed.daemons import AS_ROOT
from local.bed.layout import INSTALLED
from local.settings import ROOT
from wordpress.render import render

HERE = ROOT / "wordpress"
DOCKERFILE = (HERE / "Dockerfile").read_text()


def instructions(name: str) -> list[str]:
    """The arguments of every instruction of a kind, each on one line."""
    joined = re.sub(r"\\\n", " ", re.sub(r"^#.*\n", "", DOCKERFILE, flags=re.MULTILINE))
    return [line.split(maxsplit=1)[1] for line in joined.splitlines() if line.split(maxsplit=1)[:1] == [name]]


def rendered_with() -> dict[str, str]:
    """What the image fills the templates in with."""
    return dict(re.findall(r"\b([A-Z_]+)=(\S*)", next(run for run in instructions("RUN") if "wordpress.render" in run)))


def variables() -> dict[str, str]:
    """The environment that the image gives to all that runs in it."""
    return dict(re.findall(r"([A-Z_]+)=(\S*)", " ".join(instructions("ENV"))))


def values(folder: Path, **others: str) -> dict[str, str]:
    """What the image renders with, but for this machine's places, who runs the servers here, and what else is to differ."""
    run = folder / "run"
    run.mkdir(exist_ok=True)
    return {
        **rendered_with(), "RUN": str(run), "SITES": str(folder), "PAGES": str(HERE / "pages"),
        "NGINX": str(INSTALLED / "nginx"), "EXTENSIONS": str(INSTALLED / "extensions"),
        "LISTEN": "127.0.0.1:8080", "ACCESS_LOG": str(run / "access.log"),
        **({"NGINX_USER": "user root;", "FPM_USER": "user = root\ngroup = root"} if AS_ROOT else {}), **others,
    }  # fmt: skip


def configured(folder: Path, **others: str) -> Path:
    """A folder with the configuration in it."""
    config = folder / "config"
    render(values(folder, **others), config)
    return config


def environment(folder: Path) -> dict[str, str]:
    """The environment in which this machine's programs read the configuration of a folder."""
    return {"PATH": f"{INSTALLED}/bin:/usr/bin:/bin", "PHPRC": str(folder / "config"), "PHP_INI_SCAN_DIR": ""}
