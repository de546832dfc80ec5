"""Readers to measure crowdarrow against; `pure_python` and `pybossa` are the tests' oracles too."""
