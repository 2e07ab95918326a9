"""Fetches the bundle's dependencies for every target this interpreter can build, so that later builds need no network."""

import sys

from constructs.python_bundle import defaults
from constructs.python_bundle.construct import Target, fetch_dependencies

fetch_dependencies(Target.HOST)
if sys.version_info[:2] == defaults.PYTHON:
    fetch_dependencies(Target.LAMBDA)
