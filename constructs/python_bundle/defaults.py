"""What the bundle is made of and for."""

PYTHON = (3, 13)
"""The interpreter of the Lambda runtime; bytecode is compiled for exactly this one."""

ARM64_PLATFORM = "aarch64-manylinux_2_28"
"""The wheels that Amazon Linux 2023 on Graviton runs."""

LEFT_OUT = ("__pycache__", "bin", "tests", "test_*.py")
"""Folders and files of installed packages that no function needs."""

MAX_ZIPPED_BYTES = 9_000_000
"""The budget of the zipped bundle."""
