"""The rules for dependencies name what there is."""

import tomllib
from collections import Counter
from pathlib import Path

from support.oldest import oldest_versions

ROOT = Path(__file__).resolve().parents[2]
LOCKED = tomllib.loads((ROOT / "Cargo.lock").read_text(encoding="utf-8"))["package"]
# Second versions that cargo-deny does not count: ahash needs the first on other systems, and tests need the second.
NOT_COUNTED = {"getrandom@0.2.17", "hashbrown@0.16.1"}
RULES = tomllib.loads((ROOT / "deny.toml").read_text(encoding="utf-8"))


def test_exceptions_are_of_crates_that_are_used() -> None:
    names = {crate["name"] for crate in LOCKED}
    versions = {f"{crate['name']}@{crate['version']}" for crate in LOCKED}
    assert {rule["crate"] for rule in RULES["licenses"]["exceptions"]} <= names
    skipped = {rule["crate"] for rule in RULES["bans"]["skip"]}
    assert skipped <= versions
    assert all(rule["reason"] for rule in RULES["bans"]["skip"])
    assert versions >= NOT_COUNTED
    # All versions but one; those of other systems are not looked at.
    counts = Counter(crate["name"] for crate in LOCKED if crate["name"] != "r-efi")
    assert Counter(one.partition("@")[0] for one in skipped | NOT_COUNTED) == {
        name: count - 1 for name, count in counts.items() if count > 1
    }


def test_banned_crates_are_not_used() -> None:
    assert not {rule["crate"] for rule in RULES["bans"]["deny"]} & {crate["name"] for crate in LOCKED}


def test_dependencies_have_an_oldest_version() -> None:
    oldest = oldest_versions()
    assert set(oldest) == {"pyarrow", "click", "rich"}
    assert all(oldest.values())
