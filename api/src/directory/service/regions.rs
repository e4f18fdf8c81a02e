//! Loading the regions that the house knows.

use entities::enums::RegionLevel;
use entities::region;
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait, sea_query::OnConflict};
use serde::Deserialize;

use crate::kit::refusal::Fault;

/// Codes and names as the statistical office writes them; the file says from where.
const REGIONS: &str = include_str!("../../../data/regions.json");

#[derive(Deserialize)]
struct File {
    regions: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    code: String,
    name: String,
    name_en: String,
    level: String,
    parent: Option<String>,
}

/// Loads the regions that come with the program and says how many there are. A second call changes nothing.
pub async fn load_regions<C: ConnectionTrait>(db: &C) -> Result<usize, Fault> {
    use region::Column;
    let rows = known_regions()?;
    let count = rows.len();
    region::Entity::insert_many(rows)
        .on_conflict(
            OnConflict::column(Column::Code)
                .update_columns([Column::Name, Column::NameEn, Column::Level, Column::ParentCode])
                .to_owned(),
        )
        .exec_without_returning(db)
        .await?;
    Ok(count)
}

fn known_regions() -> Result<Vec<region::ActiveModel>, Fault> {
    let file: File = serde_json::from_str(REGIONS)?;
    file.regions
        .into_iter()
        .map(|entry| {
            let level = RegionLevel::parse(&entry.level)
                .ok_or_else(|| Fault::new(format!("region {} has no known level", entry.code)))?;
            Ok(region::ActiveModel {
                code: Set(entry.code),
                name: Set(entry.name),
                name_en: Set(entry.name_en),
                level: Set(level),
                parent_code: Set(entry.parent),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_region_begins_with_its_parents_code_and_stands_after_it() {
        let file: File = serde_json::from_str(REGIONS).unwrap();
        let mut seen = std::collections::HashSet::new();
        for entry in &file.regions {
            let parent = entry.parent.as_deref().unwrap_or("");
            assert!(entry.code.starts_with(parent), "{}", entry.code);
            assert!(parent.is_empty() || seen.contains(parent), "{} before its parent", entry.code);
            assert!(seen.insert(entry.code.as_str()), "{} twice", entry.code);
        }
        assert_eq!(known_regions().unwrap().len(), file.regions.len());
    }
}
