"""Who imports whom, read from the sources without importing anything."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def sources_in(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py") if "__pycache__" not in path.parts)


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def path_of(module: str) -> Path | None:
    """The source of one of our modules, or None for anybody else's."""
    base = ROOT.joinpath(*module.split("."))
    return next((path for path in (base.with_suffix(".py"), base / "__init__.py") if path.is_file()), None)


def imported_by(path: Path) -> set[str]:
    """The modules a file imports anywhere, inside functions too, but not for type checkers only."""
    return {module for node in _nodes(ast.parse(path.read_text())) for module in _modules(node)}


@cache
def reached_from(path: Path) -> frozenset[str]:
    """Every module that importing a file comes to load, our own followed however far they lead."""
    reached: set[str] = set()
    waiting = [path]
    while waiting:
        for module in _with_packages(_at_import(waiting.pop())) - reached:
            reached.add(module)
            if (source := path_of(module)) is not None:
                waiting.append(source)
    return frozenset(reached)


def within(module: str, *packages: str) -> bool:
    return any(module == package or module.startswith(f"{package}.") for package in packages)


def _with_packages(modules: set[str]) -> set[str]:
    """The modules with the packages around them, which are imported first."""
    return {module.rsplit(".", up)[0] for module in modules for up in range(module.count(".") + 1)}


def _at_import(path: Path) -> set[str]:
    """What is imported as the file is: not what its functions import once they are called."""
    tree = ast.parse(path.read_text())
    return {module for node in _nodes(tree, functions=False) for module in _modules(node)}


def _nodes(tree: ast.AST, *, functions: bool = True) -> Iterator[ast.AST]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if not functions and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        yield node
        yield from _nodes(node, functions=functions)


def _modules(node: ast.AST) -> Iterator[str]:
    """The modules of an import; ``from package import module`` names the module, not only its package."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        package = node.module or ""
        yield package
        yield from (name for alias in node.names if path_of(name := f"{package}.{alias.name}"))
