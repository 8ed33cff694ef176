from collections.abc import Callable, Sequence

from numpy import float64
from numpy.typing import NDArray

class Parameter:
    value: float
    stderr: float | None

class Parameters(dict[str, Parameter]):
    def add(self, name: str, value: float, *, vary: bool, min: float, max: float) -> None: ...

class MinimizerResult:
    params: Parameters

class Minimizer:
    def __init__(
        self, userfcn: Callable[[Parameters], NDArray[float64]], params: Parameters
    ) -> None: ...
    def minimize(
        self, *, method: str, x_scale: str, ftol: float, xtol: float, gtol: float
    ) -> MinimizerResult: ...

def conf_interval(
    minimizer: Minimizer,
    result: MinimizerResult,
    *,
    p_names: Sequence[str],
    sigmas: Sequence[float],
) -> dict[str, list[tuple[float, float]]]: ...
