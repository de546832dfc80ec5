"""Converting an export to files: options, targets, the run itself, rejects and progress."""
