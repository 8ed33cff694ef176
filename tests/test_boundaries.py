"""The import rules of the design: libraries by folder, and no import that runs upwards."""

import ast
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

LIBRARIES = {"click", "pydantic", "toml_rs", "uv", "harness"}
SCIENCE = {"numpy", "pandas", "scipy", "seaborn", "matplotlib", "pyarrow", "jinja2"}
ESTIMATES = {"numpy", "scipy", "statsmodels", "lmfit", "ruptures"}

# folder: the packages its files may import besides the standard library; the longest prefix wins
MAY_IMPORT = {
    "experiments": set(),
    "harness/worker": {"pyperf", "gilworker"},
    "harness": LIBRARIES,
    # These run on targets, where nothing of ours can be imported. The members of a group need
    # the worker's stage to meet on.
    "harness/conformance/script.py": {"gilworker"},
    "harness/target/probe.py": set(),
    "harness/execution/sampler.py": set(),
    "harness/cli": LIBRARIES | {"analysis"},
    "analysis": SCIENCE | {"analysis", "harness"},
    "analysis/stats": ESTIMATES | {"analysis", "harness"},  # of it the limits, nothing else
}
# From the bottom to the top. A package imports only from packages in rows above its own in this
# list; those in one row know nothing of each other.
LAYERS = {
    "harness": [
        {"errors"},
        {"machine", "models", "process"},
        {"storage", "workload"},
        {"experiment", "target"},
        {"planning"},
        {"execution"},
        {"conformance", "selftest"},
        {"cli"},
    ],
    "analysis": [
        {"formatting", "parallel", "stats"},
        {"dataset"},
        {"comparison"},
        {"quality"},
        {"inference"},
        {"plotting"},
        {"figures", "tables"},
        {"report"},
    ],
}
# Inside analysis only these parts of the orchestrator: stored data and its error.
ANALYSIS_FROM_HARNESS = {"harness", "harness.storage", "harness.errors", "harness.experiment"}
# harness/cli imports analysis inside a command alone, never when its file is read; the others
# are imported by the file that validates experiments, itself imported only when it is needed.
DEFERRED = {"analysis", "pydantic", "toml_rs", "uv"}
VALIDATES = {"harness/experiment/schema.py"}
# What runs on a target: the oldest Python whose syntax it may use. The parser knows none older
# than 3.7, so that the probe, which also runs on 3.6, is held to that.
OLDEST = {
    "harness/worker": (3, 9),
    "harness/conformance/script.py": (3, 9),
    "harness/target/probe.py": (3, 7),
    "experiments": (3, 9),
}

SOURCES = sorted(
    path
    for folder in ("harness", "analysis", "experiments")
    for path in (ROOT / folder).rglob("*.py")
)


def folder_of(path: Path, table) -> str:
    name = path.relative_to(ROOT).as_posix()
    return max((each for each in table if f"{name}/".startswith(f"{each}/")), key=len, default="")


@cache
def is_module(name: str) -> bool:
    path = ROOT.joinpath(*name.split("."))
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()


def imports(tree: ast.AST) -> set[str]:
    """Full names of the modules a tree imports anywhere, in functions and for checkers, too."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            module = node.module or ""
            full = [f"{module}.{alias.name}" for alias in node.names]
            found |= {name if is_module(name) else module for name in full}
    return found


def identify(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def room(module: str) -> str:
    """The package or loose module below the top that a module belongs to."""
    return ".".join(module.split(".")[:2])


def layer(module: str) -> int | None:
    """The row of a module in LAYERS; -1 for the top itself; None for one that has no row."""
    top, _, name = room(module).partition(".")
    rows = [row for row, names in enumerate(LAYERS[top]) if name in names]
    return rows[0] if rows else (None if name else -1)


def climbs(module: str, imported: set[str]) -> list[str]:
    """Which of the modules imported stand no lower than the importing one, in another package."""
    top, own = module.split(".", maxsplit=1)[0], layer(module)
    others = sorted(
        name for name in imported if name.split(".")[0] == top and room(name) != room(module)
    )
    return [name for name in others if own is None or (layer(name) or 0) >= own]


def declared(tree: ast.Module) -> set[str]:
    """What a workload's own head declares."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "REQUIRES":
            return set(ast.literal_eval(node.value))
    return set()


def layered(path: Path) -> bool:
    """Whether a file belongs to a package with a row; the worker imports nothing of ours."""
    name = module_of(path)
    return name not in (*LAYERS, "harness.worker") and not name.startswith(
        ("experiments.", "harness.worker.")
    )


@pytest.mark.parametrize("path", SOURCES, ids=identify)
def test_a_file_imports_only_what_its_folder_may(path):
    """
    The worker runs where pandas cannot be installed, and the harness without it.
    """
    tree = ast.parse(path.read_text())
    outside = {name.split(".")[0] for name in imports(tree)} - sys.stdlib_module_names
    assert outside <= MAY_IMPORT[folder_of(path, MAY_IMPORT)] | declared(tree)


@pytest.mark.parametrize("top", ["harness", "analysis"])
def test_no_library_is_allowed_that_nothing_uses(top):
    """
    A rule wider than the code would let a dependency in unseen.
    """
    allowed = {
        name for folder, names in MAY_IMPORT.items() if folder.startswith(top) for name in names
    }
    used = {
        name.split(".")[0]
        for path in SOURCES
        if path.is_relative_to(ROOT / top)
        for name in imports(ast.parse(path.read_text()))
    }
    assert allowed - used == set()


@pytest.mark.parametrize("path", [p for p in SOURCES if layered(p)], ids=identify)
def test_no_import_runs_upwards(path):
    """
    A package is understood with what is below it alone, in the order in which it is read.
    """
    assert climbs(module_of(path), imports(ast.parse(path.read_text()))) == []


def test_every_package_has_a_layer_and_every_layer_a_package():
    """
    A new folder takes its place by decision, not by accident.
    """
    there = {room(module_of(path)) for path in SOURCES if layered(path)}
    placed = {f"{top}.{name}" for top, rows in LAYERS.items() for names in rows for name in names}
    assert there == placed


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("analysis.dataset.records", "from analysis.tables import waiting"),
        ("analysis.comparison.cells", "def late():\n    from analysis import report"),
        ("analysis.tables.waiting", "from analysis.figures import scaling"),
        ("harness.workload.facts", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n"
         "    from harness.experiment import Experiment"),
        ("harness.execution.launch", "import harness.cli.run"),
    ],
    ids=["package", "in a function", "same layer", "for checkers", "plain import"],
)  # fmt: skip
def test_an_import_upwards_is_noticed_wherever_it_stands(module, text):
    """
    Of a rule that nothing breaks one must know that it could be broken.
    """
    assert len(climbs(module, imports(ast.parse(text)))) == 1


@pytest.mark.parametrize("path", [p for p in SOURCES if folder_of(p, OLDEST)], ids=identify)
def test_what_runs_on_a_target_is_written_for_the_oldest_python_there(path):
    """
    Newer syntax would fail in the oldest interpreter, and only there.
    """
    ast.parse(path.read_text(), feature_version=OLDEST[folder_of(path, OLDEST)])


@pytest.mark.parametrize(
    "path", [p for p in SOURCES if p.is_relative_to(ROOT / "analysis")], ids=identify
)
def test_analysis_sees_stored_data_and_nothing_that_runs(path):
    """
    A report must be possible on a computer that never measures.
    """
    names = imports(ast.parse(path.read_text()))
    assert {
        room(name) for name in names if name.split(".")[0] == "harness"
    } <= ANALYSIS_FROM_HARNESS


@pytest.mark.parametrize(
    "path",
    [p for p in SOURCES if p.is_relative_to(ROOT / "harness") and "worker" not in p.parts],
    ids=identify,
)
def test_heavy_libraries_are_imported_inside_what_needs_them(path):
    """
    `gilscope --help` pays for click alone.
    """
    tree = ast.parse(path.read_text())
    top = {
        name.split(".")[0]
        for node in tree.body
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in imports(node)
    }
    assert not top & DEFERRED or identify(path) in VALIDATES


def test_data_folders_are_no_packages():
    """
    Nobody can import an experiment or a result by accident.
    """
    found = [
        p for folder in ("experiments", "results") for p in (ROOT / folder).rglob("__init__.py")
    ]
    assert found == []
    assert not (ROOT / "harness/worker/__init__.py").exists()
