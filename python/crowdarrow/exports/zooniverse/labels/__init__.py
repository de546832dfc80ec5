"""Labels from a workflow export (contract 2.4): what was asked and could be answered in a row's own version."""
