"""Readers of Zooniverse exports to measure crowdarrow against; `pure_python` is the tests' oracle too."""
