"""`python -m bare`: the decode to record batches beside a bare split, undoing of quotes and C++ simdjson parse.

The yardstick is `bare.cpp` with the simdjson that the source distribution of pysimdjson bundles.
"""
