//! Forward-only migrations, one reason per file. One text runs on SQLite and PostgreSQL: SQLite takes
//! PostgreSQL's type names and keeps the values as they are bound.

use sea_orm_migration::prelude::*;

macro_rules! sql_migrations {
    ($($module:ident),+ $(,)?) => {
        $(
            struct $module;
            impl MigrationName for $module {
                fn name(&self) -> &str { stringify!($module) }
            }
            #[sea_orm_migration::async_trait::async_trait]
            impl MigrationTrait for $module {
                async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
                    let text = include_str!(concat!("migrations/", stringify!($module), ".sql"));
                    manager.get_connection().execute_unprepared(text).await.map(|_| ())
                }
            }
        )+

        /// All migrations in order.
        pub struct Migrator;
        #[sea_orm_migration::async_trait::async_trait]
        impl MigratorTrait for Migrator {
            fn migrations() -> Vec<Box<dyn MigrationTrait>> {
                vec![$(Box::new($module)),+]
            }
        }
    };
}

#[allow(non_camel_case_types, reason = "a migration is named like its file")]
mod all {
    use super::*;
    sql_migrations!(
        m0001_people,
        m0002_directory,
        m0003_slots,
        m0004_orders,
        m0005_money,
        m0006_ratings,
        m0007_jobs,
        m0008_home_services,
        m0009_service_orders,
        m0010_visit_turns,
        m0011_bathing,
        m0012_proof,
        m0013_ratings_of_visits,
        m0015_way_and_requests,
        m0016_refused_carers,
        m0017_facts,
        m0018_assessment_cases,
        m0019_vouchers,
        m0020_voucher_rules,
        m0021_bundles,
        m0022_till,
        m0023_statements,
        m0024_privacy,
        m0025_wechat,
        m0026_procurement_contracts,
        m0027_bills,
        m0028_wechat_desk,
        m0029_taken_back,
        m0030_refunds_stuck,
        m0031_bill_unlisted,
        m0032_payment_asked,
        m0033_bill_numbers,
        m0034_words_decided,
    );
}
pub use all::Migrator;
