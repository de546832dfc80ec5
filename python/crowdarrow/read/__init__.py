"""Reading an export: inputs, options, the kind of an input, readers and their report."""
