"""Inspecting an export: its counts, before it is converted."""
