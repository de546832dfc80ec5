"""`talk.comments`: one record per comment in the Talk forum of a project."""

from crowdarrow.declare import RECORD, Column, Export, Rows, Table, int64, record, string, timestamp, value

COMMENT = RECORD.single(record[""])
NAMES = ("board_id", "board_title", "board_description", "discussion_id", "discussion_title", "comment_id",
         "comment_body", "comment_focus_id", "comment_focus_type", "comment_user_id", "comment_user_login",
         "comment_created_at")  # fmt: skip
TYPES = {"_id": int64, "_at": timestamp}
COLUMNS = tuple(Column(name, TYPES.get(name[-3:], string), value(COMMENT[name], "strict")) for name in NAMES)
TABLE = Table("comments", COLUMNS, rows=(Rows(COMMENT),))
REQUIRED, REQUIRED_ANY = frozenset({"board_id", "comment_id"}), frozenset({"comment_body"})
EXPORT = Export("talk.comments", (TABLE,), REQUIRED, REQUIRED_ANY, json=True)
