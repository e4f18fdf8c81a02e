//! Weighs selections with every fragment in its place, each fragment once.

use std::collections::HashMap;

use async_graphql::Name;
use async_graphql::parser::types::{ExecutableDocument, Field, OperationDefinition, Selection, SelectionSet};

use crate::http::problem::Problem;

/// What a selection set amounts to once every fragment is put in its place.
#[derive(Clone, Copy, Debug, Default)]
pub struct Weight {
    /// Fields, spreads and inline fragments.
    pub selections: u32,
    /// Fields under another name.
    pub aliases: u32,
    /// Directives.
    pub directives: u32,
    /// Fields inside fields.
    pub depth: u32,
    /// Fields at the top.
    pub width: u32,
    /// Whether the schema itself is asked.
    pub introspects: bool,
}

impl Weight {
    /// Puts another weight beside this one. Saturates: what counts is only whether a limit is passed.
    pub fn add(&mut self, other: Self) {
        self.selections = self.selections.saturating_add(other.selections);
        self.aliases = self.aliases.saturating_add(other.aliases);
        self.directives = self.directives.saturating_add(other.directives);
        self.depth = self.depth.max(other.depth);
        self.width = self.width.saturating_add(other.width);
        self.introspects |= other.introspects;
    }

    fn count_directives(&mut self, count: usize) {
        self.directives = self.directives.saturating_add(u32::try_from(count).unwrap_or(u32::MAX));
    }
}

/// The weights of one document's parts.
pub struct Measures<'a> {
    document: &'a ExecutableDocument,
    /// `None` while the fragment is being weighed: meeting it again then is a cycle.
    fragments: HashMap<&'a Name, Option<Weight>>,
}

impl<'a> Measures<'a> {
    /// Nothing is weighed yet.
    pub fn new(document: &'a ExecutableDocument) -> Self {
        Self { document, fragments: HashMap::with_capacity(document.fragments.len()) }
    }

    /// Weighs an operation.
    pub fn operation(&mut self, operation: &'a OperationDefinition) -> Result<Weight, Problem> {
        let mut weight = self.set(&operation.selection_set.node)?;
        weight.count_directives(operation.directives.len());
        for variable in &operation.variable_definitions {
            weight.count_directives(variable.node.directives.len());
        }
        Ok(weight)
    }

    /// Weighs a fragment, once. An unknown one weighs nothing: validation names it.
    ///
    /// Refuses fragments that contain themselves.
    pub fn fragment(&mut self, name: &'a Name) -> Result<Weight, Problem> {
        match self.fragments.get(name) {
            Some(Some(weight)) => return Ok(*weight),
            Some(None) => return Err(Problem::bad("A fragment contains itself.")),
            None => {}
        }
        let Some(fragment) = self.document.fragments.get(name) else { return Ok(Weight::default()) };
        self.fragments.insert(name, None);
        let mut weight = self.set(&fragment.node.selection_set.node)?;
        weight.count_directives(fragment.node.directives.len());
        // A fragment on `__Type` and its like can only stand below `__schema`, whose depth does not count.
        if fragment.node.type_condition.node.on.node.starts_with("__") {
            weight.depth = 0;
        }
        self.fragments.insert(name, Some(weight));
        Ok(weight)
    }

    fn set(&mut self, set: &'a SelectionSet) -> Result<Weight, Problem> {
        let mut total = Weight::default();
        for selection in &set.items {
            let mut weight = match &selection.node {
                Selection::Field(field) => self.field(&field.node)?,
                Selection::FragmentSpread(spread) => self.fragment(&spread.node.fragment_name.node)?,
                Selection::InlineFragment(inline) => self.set(&inline.node.selection_set.node)?,
            };
            weight.count_directives(selection.node.directives().len());
            weight.selections = weight.selections.saturating_add(1);
            total.add(weight);
        }
        Ok(total)
    }

    fn field(&mut self, field: &'a Field) -> Result<Weight, Problem> {
        let inner = self.set(&field.selection_set.node)?;
        let asks_schema = matches!(field.name.node.as_str(), "__schema" | "__type");
        Ok(Weight {
            aliases: inner.aliases.saturating_add(u32::from(field.alias.is_some())),
            depth: if asks_schema { 1 } else { inner.depth.saturating_add(1) },
            width: 1,
            introspects: inner.introspects || asks_schema,
            ..inner
        })
    }
}
