//! Configuration of the property tests, here and in `tests/`.

use proptest::test_runner::Config;

/// A configuration that runs `count` cases, scaled by `PROPTEST_CASES` in relation to proptest's own default.
///
/// proptest ignores `PROPTEST_CASES` where a test names its number of cases. With this, `PROPTEST_CASES=2560` runs ten times as
/// many cases of each property.
pub(crate) fn cases(count: u32) -> Config {
    const DEFAULT: u32 = 256;
    let config = Config::default();
    Config { cases: (count.saturating_mul(config.cases) / DEFAULT).max(1), ..config }
}
