"""May this be judged? Noise floor, canary, contamination, eligibility."""
