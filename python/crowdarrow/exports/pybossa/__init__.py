"""Exports of PYBOSSA projects: tasks, task runs and results."""
