"""The tidy tables of Zooniverse exports: what is inside their JSON, as rows."""
