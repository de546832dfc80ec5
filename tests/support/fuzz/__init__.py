"""Runs the fuzz targets of `rust/fuzz`: builds them, makes their seeds and plans, and runs one after the other.

`make fuzz` does the same; see CONTRIBUTING.md.
"""
