"""Converting an export in parts, each of which any process can do, to what one pass gives."""
