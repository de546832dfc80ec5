"""PYBOSSA projects and LibCrowds collections."""
