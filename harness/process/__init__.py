"""Run one program and leave nothing alive."""
