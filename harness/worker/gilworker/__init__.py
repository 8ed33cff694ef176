"""The target side of gilscope: standard library of Python 3.9 and pyperf, nothing else."""
