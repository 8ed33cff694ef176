from numpy.typing import ArrayLike
from pandas import DataFrame

class CombineResults:
    q: float
    tau2: float
    def summary_frame(self) -> DataFrame: ...

def combine_effects(
    effect: ArrayLike, variance: ArrayLike, *, method_re: str, use_t: bool, alpha: float
) -> CombineResults: ...
