"""Measure a plan: sessions, trials one after another, their surroundings."""
