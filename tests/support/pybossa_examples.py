"""All examples of PYBOSSA and LibCrowds downloads, written by hand from the contract."""

from support import (
    pybossa_examples_annotations,
    pybossa_examples_csv,
    pybossa_examples_damage,
    pybossa_examples_records,
    pybossa_examples_results,
    pybossa_examples_values,
)

EXAMPLES = [
    *pybossa_examples_records.EXAMPLES,
    *pybossa_examples_results.EXAMPLES,
    *pybossa_examples_damage.EXAMPLES,
    *pybossa_examples_annotations.EXAMPLES,
    *pybossa_examples_values.EXAMPLES,
    *pybossa_examples_csv.EXAMPLES,
]
