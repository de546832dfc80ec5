"""Inspecting an export: what it holds, as counts."""
