"""`caesar.extracts`: one record per Caesar extract, and one row of `values` per value in its data."""

from crowdarrow import declare as d

DATA = d.RECORD.members(d.record["(data)"])
KEYS = (d.Column("id", d.int64), d.Column("classification_id", d.int64), d.Column("extractor_key", d.string))
EXTRACTS = (
    *KEYS,
    *(d.Column(name, d.timestamp) for name in ("classification_at", "created_at", "updated_at")),
    *(d.Column(name, d.int64) for name in ("workflow_id", "user_id", "subject_id", "project_id")),
    d.Column("workflow_version", d.string),
    d.Column("machine_data", d.bool_),
)
KEY = d.Column("key", d.string, d.scalar_text(DATA.key))
VALUE = d.Column("value", d.string, d.scalar_text(DATA.element))
EXPORT = d.Export(
    kind="caesar.extracts",
    tables=(d.Table("extracts", EXTRACTS), d.Table("values", (*KEYS, KEY, VALUE), rows=(d.Rows(DATA),))),
    requires=frozenset({"extractor_key", "classification_id"}),
    requires_any=frozenset({"machine_data", "subject_id"}),
    filters={"workflow_id": "workflow_id", "since": "created_at", "until": "created_at"},
    derived={"(data)": d.ObjectField("data.")},
)
