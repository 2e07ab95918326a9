"""The one bundle of all functions, built without Docker."""

from constructs.python_bundle.construct import Target, build_bundle

__all__ = ["Target", "build_bundle"]
