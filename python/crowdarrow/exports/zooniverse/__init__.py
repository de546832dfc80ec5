"""Zooniverse (Panoptes) exports."""
