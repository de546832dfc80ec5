"""The slow oracle: exports read by Python's `csv` and `json` alone, written from docs/contract.md.

It imports nothing of crowdarrow. Differential tests compare crowdarrow's tables with its tables.
"""
