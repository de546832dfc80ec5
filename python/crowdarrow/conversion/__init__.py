"""Converting an export to files: options, targets, the run itself and rejects."""
