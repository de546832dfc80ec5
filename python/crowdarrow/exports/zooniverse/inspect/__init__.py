"""Inspection of Zooniverse classifications: drift of task shapes, volunteers."""
