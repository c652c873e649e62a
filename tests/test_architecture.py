"""Imports go one way, and the lower packages know no screen."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.conftest import ROOT

SCREEN = {"PySide6", "vtk", "vtkmodules", "pyvista", "pyvistaqt", "pyqtgraph", "qtawesome", "superqt"}
FORBIDDEN = {"twin": SCREEN | {"layers", "gui"}, "layers": SCREEN | {"gui"}, "gui": set()}


def imports_of(path: Path) -> list[tuple[int, str]]:
    """(line, top package) of every import in a file, also those inside functions."""
    found = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name.split(".")[0]) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found.append((node.lineno, node.module.split(".")[0]))
    return found


@pytest.mark.parametrize("package", sorted(FORBIDDEN))
def test_that_imports_go_down_only(package: str) -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for path in sorted((ROOT / package).rglob("*.py"))
        for line, name in imports_of(path)
        # The command line opens the window and takes pictures: the one door upwards, inside functions only.
        if name in FORBIDDEN[package] and not (path == ROOT / "twin" / "cli.py" and name in ("gui", "layers"))
    ]
    assert wrong == []


def test_that_the_command_line_imports_the_screen_only_inside_commands() -> None:
    tree = ast.parse((ROOT / "twin" / "cli.py").read_text("utf-8"))
    top = {alias.name.split(".")[0] for node in tree.body if isinstance(node, ast.Import) for alias in node.names}
    top |= {(node.module or "").split(".")[0] for node in tree.body if isinstance(node, ast.ImportFrom)}
    assert not top & (SCREEN | {"gui", "layers"})


def test_that_tests_and_benches_are_not_imported_by_the_product() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line}"
        for package in FORBIDDEN
        for path in (ROOT / package).rglob("*.py")
        for line, name in imports_of(path)
        if name in ("tests", "bench")
    ]
    assert wrong == []
