"""Results in, tables and figures out: the half of gilscope that never measures.

``load`` is the whole public interface; everything else serves the report.
"""

from analysis.dataset.tidy import load

__all__ = ["load"]
