"""What a failed assertion compared: its source alone does not say what came instead."""

from __future__ import annotations

import ast
import linecache
import math

from gilworker.errors import text_of

TYPE_CHECKING = False  # typing is not needed to run
if TYPE_CHECKING:
    from types import FrameType
    from typing import Any

SHOWN = 60  # characters of a value
SOURCE = 100  # characters of the line
LAST_BITS = 1e-9  # relative: what another order of the same additions makes of a sum
CLOSE = "they differ in the last bits: compare with math.isclose"
SIGNS = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Is: "is",
    ast.IsNot: "is not",
    ast.In: "in",
    ast.NotIn: "not in",
}


def told(error: AssertionError) -> str:
    """Return what the assertion says: its own text, else its line and the values compared.

    The sides of the comparison are computed once more in the frame that failed; where that does
    not fail again, they are left out.
    """
    frame, line = _failed(error)
    text = " ".join(text_of(error).split())
    source, compared = ("", None) if frame is None else _assertion(frame, line)
    if not text:
        source = source if len(source) <= SOURCE else f"{source[: SOURCE - 3]}..."
        text = f"line {line}: {source or 'AssertionError'}"
        if compared is not None:
            text += f": {_sides(*compared)}"
    if compared is not None and close(*compared[::2]):
        text += f"; {CLOSE}"
    return text


def close(left: Any, right: Any) -> bool:
    """Return whether two values are alike but for the last bits of their floats."""
    if isinstance(left, float) and isinstance(right, (int, float)):
        return left != right and math.isclose(left, right, rel_tol=LAST_BITS)
    if isinstance(right, float) and isinstance(left, int):
        return close(right, left)
    if isinstance(left, (list, tuple)) and isinstance(right, (list, tuple)):
        pairs = list(zip(left, right))
        different = [pair for pair in pairs if not _same(*pair)]
        alike = len(left) == len(right) and bool(different)
        return alike and all(close(*pair) for pair in different)
    return False


def _same(left: Any, right: Any) -> bool:
    try:
        return bool(left == right)
    except Exception:  # noqa: BLE001 - an array does not say whether it is equal
        return False


def _failed(error: AssertionError) -> tuple[FrameType | None, int]:
    """Return the frame that raised, and the line in it."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return (None, 0) if trace is None else (trace.tb_frame, trace.tb_lineno)


def _assertion(frame: FrameType, line: int) -> tuple[str, tuple[Any, str, Any] | None]:
    """Return the source of what failed, and the comparison in it that did, or None."""
    source = linecache.getline(frame.f_code.co_filename, line).strip()
    whole = "".join(linecache.getlines(frame.f_code.co_filename))
    try:
        asserts = [node for node in ast.walk(ast.parse(whole)) if isinstance(node, ast.Assert)]
        within = [node for node in asserts if node.lineno <= line <= (node.end_lineno or 0)]
        if not within:
            return source, None
        source = " ".join((ast.get_source_segment(whole, within[-1]) or source).split())
        names = {**frame.f_globals, **frame.f_locals}
        return source, _false_comparison(within[-1].test, names)
    except BaseException:  # noqa: BLE001 - whatever the expression raises this time
        return source, None


def _false_comparison(test: ast.expr, names: dict[str, Any]) -> tuple[Any, str, Any] | None:
    """Return the sides of the first comparison in ``test`` that is false."""
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
        for each in test.values:
            if not _value(each, names):
                return _false_comparison(each, names)
        return None
    if _is_all(test):
        return _false_element(test.args[0], names)  # type: ignore[attr-defined]
    if not isinstance(test, ast.Compare):
        return None
    left = _value(test.left, names)
    for sign, node in zip(test.ops, test.comparators):
        right = _value(node, names)
        scope = {"left": left, "right": right}
        if not eval(f"left {SIGNS[type(sign)]} right", scope):  # noqa: S307 - six known signs
            return left, SIGNS[type(sign)], right
        left = right
    return None


def _is_all(test: ast.expr) -> bool:
    """Return whether ``test`` is all(... for ... in ...) with one loop and no condition."""
    return (
        isinstance(test, ast.Call)
        and isinstance(test.func, ast.Name)
        and test.func.id == "all"
        and len(test.args) == 1
        and isinstance(test.args[0], (ast.GeneratorExp, ast.ListComp))
        and len(test.args[0].generators) == 1
        and not test.args[0].generators[0].ifs
    )


def _false_element(loop: Any, names: dict[str, Any]) -> tuple[Any, str, Any] | None:
    """Return the sides of the first false comparison in a loop."""
    [each] = loop.generators
    for element in _value(each.iter, names):
        scope = {**names, "_element": element}
        target = ast.Assign([each.target], ast.Name("_element", ast.Load()))
        module = ast.fix_missing_locations(ast.Module([target], []))
        exec(compile(module, "<assertion>", "exec"), scope)  # noqa: S102 - of the workload's own
        found = _false_comparison(loop.elt, scope)
        if found is not None:
            return found
    return None


def _value(node: ast.expr, names: dict[str, Any]) -> Any:
    expression = ast.fix_missing_locations(ast.Expression(node))
    # The workload's own expression, in its own names.
    return eval(compile(expression, "<assertion>", "eval"), dict(names))  # noqa: S307


def _sides(left: Any, sign: str, right: Any) -> str:
    """Return both sides, of two lists the first elements that differ."""
    lists = isinstance(left, (list, tuple)) and isinstance(right, (list, tuple))
    if sign == "==" and lists:
        if len(left) != len(right):
            return f"{len(left)} elements and {len(right)}"
        for index, (one, other) in enumerate(zip(left, right)):
            if not _same(one, other):
                return f"at [{index}] {_shown(one)} and {_shown(other)}"
    return f"{_shown(left)} and {_shown(right)}"


def _shown(value: Any) -> str:
    try:
        text = repr(value)
    except Exception as error:  # noqa: BLE001 - a class of the workload's
        return f"a {type(value).__name__} whose repr raises {type(error).__name__}"
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 3]}..."
