"""The names of rejects and leniencies in reports and files of rejects."""

# Kinds of rejects (docs/contract.md, section 1.5).
FIELDS = "fields"
TYPE = "type"
JSON = "json"
JSON_TYPE = "json_type"
DEPTH = "depth"
QUOTE = "quote"
UNCLOSED_QUOTE = "unclosed_quote"
UTF8 = "utf8"
LENGTH = "length"
TRUNCATED = "truncated"
AMPLIFICATION = "amplification"

# The most rows that a record gives, in all tables but those whose rows several records may give.
MAX_RECORD_ROWS = 1_000_000

# Leniencies (docs/contract.md, sections 1.4, 1.9 to 1.11, 2.2, 2.7 and 5).
BOM = "bom"
CRLF = "crlf"
LONE_CR = "lone_cr"
EMPTY_LINE = "empty_line"
MISSING_FINAL_NEWLINE = "missing_final_newline"
BOOL_FORM = "bool_form"
FLOAT_AS_INTEGER = "float_as_integer"
SURPLUS_FIELDS = "surplus_fields"
TIME_FORM = "time_form"
QUOTE_IN_FIELD = "quote_in_field"
DUPLICATE_KEYS = "duplicate_keys"
PLUS_SIGN = "plus_sign"
LONE_SURROGATE = "lone_surrogate"
SEPARATOR = "separator"
NULL_URL = "null_url"
DUPLICATES = "duplicates"
SUBJECTS_MISSING = "subjects_missing"
