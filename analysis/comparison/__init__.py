"""The frame becomes cells, paired with their baselines within blocks."""
