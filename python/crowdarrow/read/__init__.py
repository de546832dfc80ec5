"""Reading an export: options, inputs, detection of the kind, readers and their report."""
