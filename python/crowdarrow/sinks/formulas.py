"""Text that a spreadsheet could evaluate as a formula, and the escape for it.

Cells that begin with `=`, `+`, `-`, `@`, one of their full-width forms, TAB, CR, LF or NUL get a leading `'`. OWASP
lists these characters for CSV injection: Excel reads full-width signs as their ASCII forms, and some programs skip
white space before a sign. Cells that begin so after one or several `'` get another `'`, so that the escape can be
undone: remove the first `'` of each cell that matches `ESCAPED`. The engine has the same rule for rejects.
"""

import pyarrow as pa
import pyarrow.compute as pc

_START = r"'*(?:[=+\-@\t\r\n\x00]|＝|＋|－|＠)"  # noqa: RUF001 - the full-width forms are meant
_FORMULA = f"^{_START}"
ESCAPED = f"^'({_START})"
"""Pattern of an escaped cell; its group is the original text."""


def escape_formulas(text: pa.Array) -> pa.Array:
    """Prefix `'` to the values that a spreadsheet could evaluate as a formula."""
    formula = pc.match_substring_regex(text, _FORMULA)
    if not pc.any(formula).as_py():
        return text
    return pc.if_else(formula, pc.binary_join_element_wise("'", text, ""), text)
