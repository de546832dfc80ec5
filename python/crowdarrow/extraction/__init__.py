"""Extracts as the tool panoptes_aggregation writes them (docs/contract.md, section 2.9)."""
