"""Whether a workload keeps its contract: `gilscope check`."""
