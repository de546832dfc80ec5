"""Where a file may be divided: found in one pass, and kept in an index beside it."""
