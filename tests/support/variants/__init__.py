"""Hostile variants of small Zooniverse exports: damaged, retyped, and saved again by other programs' rules.

A variant is made from a seed and a number, so that it can be made again. `python -m support.variants` (in `tests`)
compares the engine with the oracle for thousands of them.
"""
