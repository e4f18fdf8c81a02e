//! schema.graphql is what the program prints.

use super::source::root;
use nuanyang::schema;

#[test]
fn the_written_contract_is_what_the_program_prints() {
    let written = std::fs::read_to_string(root().join("schema.graphql")).unwrap_or_default();
    let printed = schema::sdl();
    let difference = written
        .lines()
        .zip(printed.lines())
        .enumerate()
        .find(|(_, (old, new))| old != new)
        .map(|(index, (old, new))| format!("line {}: `{old}` is `{new}` now", index + 1));
    assert!(
        written == printed,
        "schema.graphql is stale: run `make schema` and review what changed.\n{}",
        difference.unwrap_or_else(|| "one is longer than the other".into())
    );
}
