"""Labels from a workflow export: what was asked and could be answered in a row's own version.

See docs/contract.md, section 2.4.
"""
