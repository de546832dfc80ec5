"""Hostile variants of small PYBOSSA and LibCrowds downloads: of all eras, saved again by other programs, damaged.

A variant is made from a form, a seed and a number, so that it can be made again. `python -m support.pybossa_variants`
(in `tests`) compares the engine with the oracle for thousands of them.
"""
