"""Outputs for record batches: Parquet, CSV and Arrow files, or CSV on stdout."""
