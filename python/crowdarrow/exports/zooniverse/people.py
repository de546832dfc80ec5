"""What names people in Zooniverse's exports (docs/people.md)."""

from crowdarrow.declare import People

PEOPLE = People(("user_name", "user_id", "user_ip"))
