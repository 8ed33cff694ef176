from numpy import float64
from numpy.typing import ArrayLike, NDArray

class RegressionResults:
    params: NDArray[float64]
    def conf_int(self, alpha: float = ...) -> NDArray[float64]: ...

class WLS:
    def __init__(self, endog: ArrayLike, exog: ArrayLike, *, weights: ArrayLike) -> None: ...
    def fit(self, *, use_t: bool) -> RegressionResults: ...
