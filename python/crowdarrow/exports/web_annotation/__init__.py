"""W3C Web Annotations, as PYBOSSA task runs, results and LibCrowds collections hold them."""
