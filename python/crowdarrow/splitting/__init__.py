"""Converts an export in parts, each in any process, with the result of one pass."""
