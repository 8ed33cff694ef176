"""The import table of the design, held."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

LIBRARIES = {"click", "pydantic", "toml_rs", "uv", "harness"}
SCIENCE = {"numpy", "pandas", "scipy", "seaborn", "matplotlib", "pyarrow", "jinja2", "markupsafe"}
ESTIMATES = {"numpy", "scipy", "statsmodels", "lmfit", "ruptures"}

# folder: the packages its files may import besides the standard library; the longest prefix wins
MAY_IMPORT = {
    "experiments": set(),
    "harness/worker": {"pyperf", "gilworker"},
    "harness": LIBRARIES,
    # Runs on targets, where the members of a group need the worker's stage to meet on.
    "harness/conformance/script.py": {"gilworker"},
    "harness/cli": LIBRARIES | {"analysis"},
    "analysis": SCIENCE | {"analysis", "harness", "pyperf"},
    "analysis/stats": ESTIMATES | {"analysis"},
}
# Inside analysis only these parts of the orchestrator: stored data, its bounds and its error.
ANALYSIS_FROM_HARNESS = {
    "harness",
    "harness.storage.store",
    "harness.storage.bounds",
    "harness.errors",
}
ANALYSIS_FROM_HARNESS |= {"harness.experiment"}
# harness/cli imports analysis inside a command alone, never when its file is read.
DEFERRED = {"harness/cli": {"analysis"}, "harness": {"pydantic", "toml_rs", "uv"}}

SOURCES = sorted(
    path
    for folder in ("harness", "analysis", "experiments")
    for path in (ROOT / folder).rglob("*.py")
)


def folder_of(path: Path, table) -> str:
    name = path.relative_to(ROOT).as_posix()
    return max((each for each in table if f"{name}/".startswith(f"{each}/")), key=len, default="")


def imports(tree: ast.AST) -> set[str]:
    """Full names of what a tree imports anywhere."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            module = node.module or ""
            found |= {
                f"{module}.{alias.name}" if module == "harness" else module for alias in node.names
            }
    return found


def identify(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def declared(path: Path, tree: ast.Module) -> set[str]:
    """What a workload's own head declares."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "REQUIRES":
            return set(ast.literal_eval(node.value))
    return set()


@pytest.mark.parametrize("path", SOURCES, ids=identify)
def test_a_file_imports_only_what_its_folder_may(path):
    """
    The worker runs where pandas cannot be installed, and the harness without it.
    """
    tree = ast.parse(path.read_text())
    outside = {name.split(".")[0] for name in imports(tree)} - sys.stdlib_module_names
    assert outside <= MAY_IMPORT[folder_of(path, MAY_IMPORT)] | declared(path, tree)


@pytest.mark.parametrize(
    "path", [p for p in SOURCES if "worker" in p.parts or "workloads" in p.parts], ids=identify
)
def test_what_runs_on_a_target_is_python_3_9(path):
    """
    Syntax newer than 3.9 would fail in the oldest interpreter, and only there.
    """
    ast.parse(path.read_text(), feature_version=(3, 9))


@pytest.mark.parametrize(
    "path", [p for p in SOURCES if p.parts[len(ROOT.parts)] == "analysis"], ids=identify
)
def test_analysis_sees_stored_data_and_nothing_that_runs(path):
    """
    A report must be possible on a computer that never measures.
    """
    ours = {
        name for name in imports(ast.parse(path.read_text())) if name.split(".")[0] == "harness"
    }
    assert ours <= ANALYSIS_FROM_HARNESS


@pytest.mark.parametrize(
    "path",
    [p for p in SOURCES if p.parts[len(ROOT.parts)] == "harness" and "worker" not in p.parts],
    ids=identify,
)
def test_heavy_libraries_are_imported_inside_what_needs_them(path):
    """
    `gilscope --help` pays for click alone.
    """
    if path.name == "schema.py":
        return  # is itself imported only when a file is validated
    tree = ast.parse(path.read_text())
    top = {
        name.split(".")[0]
        for node in tree.body
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in imports(node)
    }
    assert not top & (DEFERRED["harness/cli"] | DEFERRED["harness"])


def test_data_folders_are_no_packages():
    """
    Nobody can import an experiment or a result by accident.
    """
    found = [
        p for folder in ("experiments", "results") for p in (ROOT / folder).rglob("__init__.py")
    ]
    assert found == []
    assert not (ROOT / "harness/worker/__init__.py").exists()
