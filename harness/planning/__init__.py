"""Experiments and targets become cells, and trials in running order."""
