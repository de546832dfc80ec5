"""What each column of the tables holds: the source of `crowdarrow schema`, of field metadata and of docs/tables.md."""
