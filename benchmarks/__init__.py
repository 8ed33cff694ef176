"""What gilscope itself costs, measured: sets of results of any size, and reading them."""
