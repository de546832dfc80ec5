"""All examples of PYBOSSA and LibCrowds downloads, written by hand from the contract."""

import pybossa_examples_annotations
import pybossa_examples_csv
import pybossa_examples_damage
import pybossa_examples_records
import pybossa_examples_results
import pybossa_examples_values

EXAMPLES = [
    *pybossa_examples_records.EXAMPLES,
    *pybossa_examples_results.EXAMPLES,
    *pybossa_examples_damage.EXAMPLES,
    *pybossa_examples_annotations.EXAMPLES,
    *pybossa_examples_values.EXAMPLES,
    *pybossa_examples_csv.EXAMPLES,
]
