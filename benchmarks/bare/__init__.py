"""`python -m bare`: compare crowdarrow's decoder with a minimal C++ reader.

The reference program `bare.cpp` splits records, collapses doubled quotes and parses JSON cells with simdjson, from the
source distribution of pysimdjson.
"""
