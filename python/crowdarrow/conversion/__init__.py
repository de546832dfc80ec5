"""Converting an export to files: where tables go, the run itself, rejects and progress."""
