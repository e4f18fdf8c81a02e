//! The contract as data: the printed schema read back, and requests made from it.

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{
    BaseType, FieldDefinition, InputValueDefinition, ServiceDocument, Type, TypeDefinition, TypeKind,
    TypeSystemDefinition,
};
use nuanyang::schema;

/// The printed schema, parsed.
pub struct Contract(pub ServiceDocument);

/// One field at the root.
#[derive(Clone, Copy)]
pub struct Root<'a> {
    /// `query`, `mutation` or `subscription`.
    pub kind: &'static str,
    pub field: &'a FieldDefinition,
}

/// Gives the text of an id at a place such as `input.items.dishId`.
pub type Ids<'a> = &'a dyn Fn(&str) -> String;

/// Name of the innermost type.
pub fn named(ty: &Type) -> &str {
    match &ty.base {
        BaseType::Named(name) => name,
        BaseType::List(inner) => named(inner),
    }
}

/// Whether the type is a list.
pub fn is_list(ty: &Type) -> bool {
    matches!(ty.base, BaseType::List(_))
}

impl Contract {
    /// The contract of this program.
    pub fn load() -> Self {
        Self(parse_schema(schema::sdl()).unwrap())
    }

    /// Every type.
    pub fn types(&self) -> impl Iterator<Item = &TypeDefinition> {
        self.0.definitions.iter().filter_map(|definition| match definition {
            TypeSystemDefinition::Type(ty) => Some(&ty.node),
            _ => None,
        })
    }

    /// One type by its name.
    pub fn find(&self, name: &str) -> Option<&TypeDefinition> {
        self.types().find(|ty| ty.name.node == name)
    }

    /// Fields of an object or interface; none for anything else.
    pub fn fields(&self, name: &str) -> Vec<&FieldDefinition> {
        match self.find(name).map(|ty| &ty.kind) {
            Some(TypeKind::Object(object)) => object.fields.iter().map(|field| &field.node).collect(),
            Some(TypeKind::Interface(interface)) => {
                interface.fields.iter().map(|field| &field.node).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Fields of an input; none for anything else.
    pub fn inputs(&self, name: &str) -> Vec<&InputValueDefinition> {
        match self.find(name).map(|ty| &ty.kind) {
            Some(TypeKind::InputObject(input)) => input.fields.iter().map(|field| &field.node).collect(),
            _ => Vec::new(),
        }
    }

    /// Every field at the root, queries first.
    pub fn roots(&self) -> Vec<Root<'_>> {
        let kinds = [("query", "Query"), ("mutation", "Mutation"), ("subscription", "Subscription")];
        let fields =
            kinds.map(|(kind, name)| self.fields(name).into_iter().map(move |field| Root { kind, field }));
        fields.into_iter().flatten().collect()
    }

    /// Roles of the directive `@allow`; `None` when the field is open to all.
    pub fn allowed(field: &FieldDefinition) -> Option<Vec<String>> {
        let directive = field.directives.iter().find(|directive| directive.node.name.node == "allow")?;
        let roles = directive.node.get_argument("roles")?.node.clone().into_json().unwrap();
        Some(roles.as_array().unwrap().iter().map(|role| role.as_str().unwrap().to_owned()).collect())
    }

    /// Places at which a field takes an id, such as `input.orderId`.
    pub fn id_places(&self, field: &FieldDefinition) -> Vec<String> {
        let mut places = Vec::new();
        for argument in &field.arguments {
            self.gather_ids(&argument.node, String::new(), &mut places);
        }
        places
    }

    fn gather_ids(&self, value: &InputValueDefinition, before: String, places: &mut Vec<String>) {
        let place =
            if before.is_empty() { value.name.to_string() } else { format!("{before}.{}", value.name) };
        match named(&value.ty.node) {
            "ID" => places.push(place),
            name => {
                self.inputs(name).into_iter().for_each(|inner| self.gather_ids(inner, place.clone(), places))
            }
        }
    }

    /// A document that calls one root field with every argument it needs, and asks for all that it answers.
    pub fn call(&self, root: Root<'_>, ids: Ids<'_>) -> String {
        let arguments = self.arguments(root.field, ids);
        let selection = self.selection(named(&root.field.ty.node), 4);
        format!("{} {{ {}{arguments}{selection} }}", root.kind, root.field.name)
    }

    /// The arguments of a field in brackets; empty when it needs none.
    pub fn arguments(&self, field: &FieldDefinition, ids: Ids<'_>) -> String {
        let given = field.arguments.iter().filter(|argument| is_needed(&argument.node)).map(|argument| {
            let name = argument.node.name.node.as_str();
            format!("{name}: {}", self.literal(&argument.node.ty.node, name, ids))
        });
        let given: Vec<String> = given.collect();
        if given.is_empty() { String::new() } else { format!("({})", given.join(", ")) }
    }

    fn literal(&self, ty: &Type, place: &str, ids: Ids<'_>) -> String {
        if let BaseType::List(inner) = &ty.base {
            return format!("[{}]", self.literal(inner, place, ids));
        }
        let name = named(ty);
        let definition = self.find(name);
        match definition.map(|definition| &definition.kind) {
            Some(TypeKind::Enum(values)) => {
                let names: Vec<&str> =
                    values.values.iter().map(|value| value.node.value.node.as_str()).collect();
                let usual = names.iter().find(|name| matches!(**name, "LUNCH" | "DINE_IN"));
                usual.unwrap_or(&names[0]).to_string()
            }
            Some(TypeKind::InputObject(input)) => {
                let is_one_of = definition
                    .is_some_and(|ty| ty.directives.iter().any(|found| found.node.name.node == "oneOf"));
                let fields = input.fields.iter().map(|field| &field.node);
                let given = fields.filter(|field| is_one_of || is_needed(field)).map(|field| {
                    let inner = format!("{place}.{}", field.name);
                    format!("{}: {}", field.name, self.literal(&field.ty.node, &inner, ids))
                });
                let given: Vec<String> = given.take(if is_one_of { 1 } else { usize::MAX }).collect();
                format!("{{ {} }}", given.join(", "))
            }
            _ => scalar(name, place, ids),
        }
    }

    /// Everything below a type, objects inside objects up to `depth`; empty for what has no fields.
    pub fn selection(&self, name: &str, depth: usize) -> String {
        let fields = self.fields(name);
        if fields.is_empty() {
            return String::new();
        }
        let asked =
            fields.iter().filter(|field| !field.arguments.iter().any(|argument| is_needed(&argument.node)));
        let texts = asked.filter_map(|field| {
            let inner = named(&field.ty.node);
            if self.fields(inner).is_empty() {
                return Some(field.name.to_string());
            }
            (depth > 1).then(|| format!("{}{}", field.name, self.selection(inner, depth - 1)))
        });
        let texts: Vec<String> = texts.collect();
        format!(" {{ {} }}", if texts.is_empty() { "__typename".into() } else { texts.join(" ") })
    }
}

/// Required, or an id: ids are always given.
fn is_needed(value: &InputValueDefinition) -> bool {
    let is_required = !value.ty.node.nullable && value.default_value.is_none();
    is_required || named(&value.ty.node) == "ID"
}

/// A sober value of a scalar; what is given depends on the name of its place where that matters.
fn scalar(name: &str, place: &str, ids: Ids<'_>) -> String {
    let last = place.rsplit('.').next().unwrap_or(place);
    match (name, last) {
        ("ID", _) => format!("\"{}\"", ids(place)),
        ("Int" | "Fen", "stars") => "4".into(),
        ("Int" | "Fen", _) => "1".into(),
        ("Boolean", _) => "false".into(),
        ("Date", _) => "\"2026-06-05\"".into(),
        ("DateTime", "startsAt") => "\"2026-06-11T02:00:00Z\"".into(),
        ("DateTime", "endsAt") => "\"2026-06-12T02:00:00Z\"".into(),
        ("DateTime", _) => "\"2026-06-05T04:00:00Z\"".into(),
        ("TimeOfDay", "cutOffAt") => "\"09:00\"".into(),
        ("TimeOfDay", "servesUntil") => "\"13:00\"".into(),
        ("TimeOfDay", _) => "\"11:00\"".into(),
        ("String", "requestKey") => format!("\"{}\"", fresh_key()),
        ("String", "regionCode" | "code") if !place.contains("input") => "\"530111\"".into(),
        _ => "\"demo\"".into(),
    }
}

/// A request key that no other request has.
pub fn fresh_key() -> String {
    use std::sync::atomic::{AtomicU32, Ordering};
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("contract-key-{:06}", COUNT.fetch_add(1, Ordering::Relaxed))
}

/// The type prefix of an id, told by the root field and the place: `order` for `input.orderId`.
pub fn prefix_of(root: &str, place: &str) -> String {
    let last = place.rsplit('.').next().unwrap_or(place);
    match (root, last) {
        ("mealOrder", "id") => "order".into(),
        ("serviceOrder", "id") => "visit".into(),
        (root, "orderId")
            if ["serviceOrder", "visit", "offer", "callBack", "settlementLine", "bath", "welfareCheck"]
                .iter()
                .any(|kind| root.starts_with(kind)) =>
        {
            "visit".into()
        }
        (_, "upToId") => "message".into(),
        (_, "wishedCarerId") => "carer".into(),
        (_, "firstPersonId" | "secondPersonId") => "person".into(),
        ("canteen" | "provider" | "carer" | "offering", "id") => root.into(),
        _ => last.trim_end_matches("Ids").trim_end_matches("Id").to_lowercase(),
    }
}
