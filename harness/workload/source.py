"""The contract of a workload, checked on its syntax tree: nothing is imported or run."""

import ast
import keyword
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from harness.errors import GilscopeError

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef

PASSED_PARAMS = (  # called with **PARAMS alone
    "make_items",
    "setup",
    "units",
    "baseline",
    "io_seconds",
)
ONE_ARGUMENT = ("task", "task_async", "observe")


def functions(tree: ast.Module) -> dict[str, FunctionNode]:
    """Return the functions defined at the top level, also inside a top-level if or try."""
    return {
        node.name: node
        for node in _top_level(tree.body)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def bound(tree: ast.Module) -> frozenset[str]:
    """Return every name that the top level binds: whatever can be called may be a task."""
    names: set[str] = set()
    for node in _top_level(tree.body):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names.update(alias.asname or alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            inside = [each for target in targets for each in ast.walk(target)]
            names.update(each.id for each in inside if isinstance(each, ast.Name))
    return frozenset(names)


def check_flag(value: object, name: str, meaning: str, path: Path) -> bool | None:
    """Return a constant that is True or False, None where it is left out, or raise."""
    if value is not None and not isinstance(value, bool):
        hint = f"Write {name} = True where {meaning}; else leave it out."
        what = f"{name} is {value!r}, neither True nor False"
        raise GilscopeError(what, where=str(path), hint=hint)
    return value


def literals(tree: ast.Module, names: tuple[str, ...], path: Path) -> dict[str, Any]:
    """Return the values assigned to ``names`` at the top level, which must be literals."""
    found: dict[str, Any] = {}
    for node in _top_level(tree.body):
        if isinstance(node, ast.Assign):
            targets, value = node.targets, node.value
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            targets, value = [node.target], node.value
        else:
            continue
        for target in targets:
            if isinstance(target, ast.Name) and target.id in names:
                found[target.id] = _literal(target.id, value, path)
    return found


def check_params(params: object, path: Path) -> dict[str, Any]:
    """Return PARAMS, or raise when it is no mapping of names to values JSON can carry."""
    hint = 'For example: PARAMS = {"items": 16, "limit": 2_000}'
    if not isinstance(params, dict):
        raise GilscopeError(f"PARAMS is {params!r}, not a dict", where=str(path), hint=hint)
    for name, value in params.items():
        if not isinstance(name, str) or not name.isidentifier() or keyword.iskeyword(name):
            what = f"PARAMS has {name!r}, which cannot be the name of an argument"
            raise GilscopeError(what, where=str(path), hint=hint)
        if not is_data(value):
            raise GilscopeError(
                f"PARAMS[{name!r}] is {value!r}, which JSON cannot carry to the worker",
                where=str(path),
                hint="Use numbers, strings of whole characters, True or False, None, and lists or "
                "dicts of these.",
            )
    return params


def is_data(value: object) -> bool:
    """Tell whether JSON carries ``value`` to the worker and back unchanged."""
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, list):
        return all(is_data(item) for item in value)
    if isinstance(value, dict):
        return all(isinstance(key, str) and is_data([key, item]) for key, item in value.items())
    if isinstance(value, str):  # half a character (a lone surrogate) cannot be written to a file
        return not any("\ud800" <= letter <= "\udfff" for letter in value)
    return value is None or isinstance(value, int)


def check_functions(
    defined: Mapping[str, FunctionNode],
    names: frozenset[str],
    params: Mapping[str, Any],
    path: Path,
    roles: Mapping[str, str],
) -> None:
    """Raise unless the functions of the contract are there and can be called as it says."""
    for name, example in (
        ("make_items", "def make_items(items, limit):"),
        ("check", "def check(results, items, limit):"),
    ):
        if name not in names:
            raise _lacks(name, path, f"Define it at the top level, for example: {example}")
    tasks = {"task", "task_async"} & names
    if roles:
        _check_role_functions(defined, roles, sorted(tasks), path)
    elif not tasks:
        hint = "Define one of them or both at the top level: def task(item): ..."
        raise _lacks("task nor task_async", path, hint, no="neither")
    for name, node in defined.items():
        if name in (*PASSED_PARAMS, *ONE_ARGUMENT, "check"):
            _check_kind(node, path)
        if name in PASSED_PARAMS:
            _check_call(node, 0, params, path)
        elif name == "check":
            _check_call(node, 1, params, path)
        elif name in ONE_ARGUMENT:
            _check_call(node, 1, {}, path)


def check_roles(roles: object, params: Mapping[str, Any], path: Path) -> dict[str, str]:
    """Return ROLES, or raise when it does not map roles to parameters that count members."""
    hint = 'For example: ROLES = {"probe": "probes"}, with PARAMS = {"probes": 1}'
    if not isinstance(roles, dict) or not all(
        isinstance(text, str) for pair in roles.items() for text in pair
    ):
        raise GilscopeError(f"ROLES is {roles!r}, not a dict of names", where=str(path), hint=hint)
    for role, count in roles.items():
        if not role.isidentifier() or role in (*PASSED_PARAMS, *ONE_ARGUMENT, "check"):
            what = f"{role!r} cannot be the name of a role"
            raise GilscopeError(what, where=str(path), hint="Choose a name of its own.")
        if type(number := params.get(count)) is not int or number < 0:
            got = f"which is {number!r}" if count in params else "which is missing from PARAMS"
            what = f"role {role!r} is counted by {count!r}, {got}"
            hint = "Give it a whole number, 0 or more, in PARAMS."
            raise GilscopeError(what, where=str(path), hint=hint)
    if roles and not sum(params[count] for count in set(roles.values())):
        raise GilscopeError("every role has 0 members", where=str(path), hint=hint)
    return roles


def _top_level(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements that run on import, those inside if and try too."""
    for node in body:
        yield node
        if isinstance(node, ast.If):
            yield from _top_level([*node.body, *node.orelse])
        elif isinstance(node, ast.Try):
            handled = [statement for handler in node.handlers for statement in handler.body]
            yield from _top_level([*node.body, *handled, *node.orelse, *node.finalbody])


def _literal(name: str, value: ast.expr, path: Path) -> Any:
    try:
        return ast.literal_eval(value)
    except (ValueError, TypeError, RecursionError, MemoryError):
        raise GilscopeError(
            f"{name} is not a literal: {ast.unparse(value)[:60]}",
            where=f"{path}:{value.lineno}:{value.col_offset + 1}",
            hint=f"Write {name} as a literal: it is read without importing the file.",
        ) from None


def _lacks(name: str, path: Path, hint: str, no: str = "no") -> GilscopeError:
    return GilscopeError(f"the workload has {no} {name}", where=str(path), hint=hint)


def _check_kind(node: FunctionNode, path: Path) -> None:
    """Only task_async may be a coroutine function: nobody awaits the others."""
    wanted = node.name == "task_async"
    if isinstance(node, ast.AsyncFunctionDef) != wanted:
        kind, other = ("async def", "def") if wanted else ("def", "async def")
        hint = f"Write `{kind} {node.name}`" + (", or rename it." if wanted else ".")
        if node.name == "task":
            hint = "Rename it to task_async, or write `def task`."
        what = f"{node.name} is defined with `{other}`"
        raise GilscopeError(what, where=_at(node, path), hint=hint)


def _check_role_functions(
    defined: Mapping[str, FunctionNode], roles: Mapping[str, str], tasks: list[str], path: Path
) -> None:
    """Raise unless every role, and nothing else, has a function that works."""
    if tasks:
        hint = "Take it out, or remove ROLES: the members of a group run their roles."
        raise GilscopeError(f"a group workload has {tasks[0]}", where=str(path), hint=hint)
    for role in roles:
        if role not in defined:
            raise _lacks(role, path, f"Define the role at the top level: def {role}(item, stage):")
        _check_kind(defined[role], path)
        _check_call(defined[role], 2, {}, path)


def _check_call(node: FunctionNode, leading: int, params: Mapping[str, Any], path: Path) -> None:
    """Raise unless ``node`` takes ``leading`` positional arguments and then **params."""
    given = node.args
    positional = [argument.arg for argument in (*given.posonlyargs, *given.args)]
    optional = positional[len(positional) - len(given.defaults) :]
    by_name = {argument.arg for argument in (*given.args, *given.kwonlyargs)}
    by_name -= set(positional[:leading])
    required = set(positional[leading:]) - set(optional)
    required |= {
        argument.arg
        for argument, default in zip(given.kwonlyargs, given.kw_defaults, strict=True)
        if default is None
    }
    refused = [] if given.kwarg else [name for name in params if name not in by_name]
    missing = sorted(required - params.keys())
    first = "results" if node.name in ("check", "observe") else "item"
    call = [first, "stage"][:leading]
    hint = f"It must take ({', '.join((*call, *params))})."
    where = _at(node, path)
    if len(positional) < leading and not given.vararg:
        what = f"{node.name} takes {len(positional)} positional arguments"
        raise GilscopeError(what, where=where, hint=hint)
    if refused:
        what = f"{node.name} does not take {', '.join(refused)}, which is in PARAMS"
        raise GilscopeError(what, where=where, hint=hint)
    if missing:
        what = f"{node.name} requires {', '.join(missing)}, which is never passed"
        hint += " Every other parameter needs a default, or a value in PARAMS."
        raise GilscopeError(what, where=where, hint=hint)


def _at(node: ast.stmt, path: Path) -> str:
    return f"{path}:{node.lineno}:{node.col_offset + 1}"
