"""The commands that curate the catalogue of plugins: ``python -m ops plugins seed``, ``show``, ``add``, ``block`` and so on."""

from __future__ import annotations

import argparse
from dataclasses import replace
from enum import StrEnum

from ops.catalogue import Change, change, fixed, read, seed, table_of
from runtime.plugins.domain import Category, Pricing, Severity, Vulnerability
from runtime.table.port import Table


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What follows ``plugins`` on the command line."""
    commands = parser.add_subparsers(dest="doing", required=True)
    commands.add_parser("seed", help="writes the entries of ops/catalogue.json that are missing")
    commands.add_parser("show", help="shows the catalogue, or one plugin").add_argument("slug", nargs="?")
    add = _on_plugin(commands, "add", "puts a plugin into the catalogue, or describes it anew")
    _choice(add, "--category", Category)
    _choice(add, "--pricing", Pricing)
    add.add_argument("--min-wordpress", metavar="VERSION")
    _on_plugin(commands, "block", "forbids a plugin").add_argument("--reason", required=True)
    _on_plugin(commands, "unblock", "allows a plugin again")
    warn = _on_plugin(commands, "vulnerable", "warns of a vulnerability, or describes it anew")
    for name in ("--id", "--title"):
        warn.add_argument(name, required=True)
    _choice(warn, "--severity", Severity)
    warn.add_argument("--affected-from", metavar="VERSION")
    warn.add_argument("--fixed-in", metavar="VERSION")
    mend = _on_plugin(commands, "fixed", "says in which version a vulnerability is fixed")
    mend.add_argument("--id", required=True)
    mend.add_argument("--in", required=True, dest="fixed_in", metavar="VERSION")


def run(arguments: argparse.Namespace, table: Table) -> str:
    """Do what the command line says; what there is to tell of it."""
    if arguments.doing == "seed":
        count = seed(table)
        return f"{count} added, {len(read(table))} in the catalogue"
    if arguments.doing == "show":
        return table_of(read(table, arguments.slug))
    return table_of([change(table, arguments.slug, _change(arguments))])


def _change(arguments: argparse.Namespace) -> Change:
    match arguments.doing:
        case "add":
            category, pricing = Category(arguments.category), Pricing(arguments.pricing)
            minimum = arguments.min_wordpress
            return lambda plugin: replace(plugin, category=category, pricing=pricing, min_wordpress_version=minimum)
        case "block":
            return lambda plugin: plugin.blocked(arguments.reason)
        case "unblock":
            return lambda plugin: plugin.blocked(None)
        case "fixed":
            return lambda plugin: fixed(plugin, arguments.id, arguments.fixed_in)
    vulnerability = Vulnerability(
        vulnerability_id=arguments.id,
        title=arguments.title,
        severity=Severity(arguments.severity),
        affected_from=arguments.affected_from,
        fixed_in=arguments.fixed_in,
    )
    return lambda plugin: plugin.warned_of(vulnerability)


def _on_plugin(commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, help_: str) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=help_)
    parser.add_argument("slug")
    return parser


def _choice(parser: argparse.ArgumentParser, name: str, values: type[StrEnum]) -> None:
    parser.add_argument(name, required=True, type=str.upper, choices=[value.value for value in values])
