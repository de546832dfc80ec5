"""`crowdarrow head`: the first rows of a table as text."""
