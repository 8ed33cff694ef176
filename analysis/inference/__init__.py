"""From paired blocks to intervals, verdicts and sentences."""
