//! Who may ask for a root field: one constant makes both the directive in the contract and the guard.

use async_graphql::{Context, Enum, Guard, Result, TypeDirective};
use entities::enums::Role as RowRole;

use super::refusal::top_level;
use super::viewer::Viewer;

/// What a person may do in the house. One person may hold several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "RowRole")]
pub enum Role {
    /// Orders and pays for elders by bonds; everybody who signs in.
    Family,
    /// The person cared for, with an account of his own.
    Elder,
    /// Works for a provider: cooks, serves, delivers, cares.
    Carer,
    /// Runs a provider.
    ProviderManager,
    /// Sits at the telephone or at the counter of a region.
    Desk,
    /// Assesses abilities.
    Assessor,
    /// Civil-affairs officer of a region branch.
    Officer,
    /// Runs the installation.
    Admin,
}

/// Anybody who is signed in.
pub const SIGNED_IN: &[Role] = &[
    Role::Family,
    Role::Elder,
    Role::Carer,
    Role::ProviderManager,
    Role::Desk,
    Role::Assessor,
    Role::Officer,
    Role::Admin,
];
/// Those who order for an elder.
pub const ORDERING: &[Role] = &[Role::Family, Role::Elder, Role::Desk];
/// Those who pay by phone.
pub const PAYING: &[Role] = &[Role::Family, Role::Elder];
/// Staff of a canteen or another provider.
pub const STAFF: &[Role] = &[Role::Carer, Role::ProviderManager];
/// Who runs a provider.
pub const MANAGERS: &[Role] = &[Role::ProviderManager];
/// Officers of a region branch, who decide about providers.
pub const OFFICERS: &[Role] = &[Role::Officer, Role::Admin];
/// Who runs a provider, and the officers who look after it.
pub const MANAGERS_AND_OFFICERS: &[Role] = &[Role::ProviderManager, Role::Officer, Role::Admin];
/// Carers themselves, who runs their provider, and the officers who look after it.
pub const STAFF_AND_OFFICERS: &[Role] = &[Role::Carer, Role::ProviderManager, Role::Officer, Role::Admin];
/// Who assesses abilities.
pub const ASSESSORS: &[Role] = &[Role::Assessor];
/// Those who ask for an assessment.
pub const REQUESTING: &[Role] =
    &[Role::Family, Role::Elder, Role::Desk, Role::Assessor, Role::Officer, Role::Admin];
/// Those who call an assessment off.
pub const CANCELLING: &[Role] = &[Role::Family, Role::Elder, Role::Desk, Role::Officer, Role::Admin];
/// Those who enter results of ability assessments.
pub const ASSESSING: &[Role] = &[Role::Assessor, Role::Officer, Role::Admin];
/// Those who enter facts about elders; community workers sit at the desk of their community.
pub const ARCHIVING: &[Role] = &[Role::Desk, Role::Assessor, Role::Officer, Role::Admin];
/// The desk and the officers of a region.
pub const DESKS_AND_OFFICERS: &[Role] = &[Role::Desk, Role::Officer, Role::Admin];
/// The telephone desk and the counter of a region.
pub const DESKS: &[Role] = &[Role::Desk, Role::Admin];

/// Only these roles may ask for the field; the others get FORBIDDEN, nobody gets UNAUTHENTICATED.
#[TypeDirective(location = "FieldDefinition")]
pub fn allow(roles: Vec<Role>) {}

/// The guard made from the same roles as the directive.
pub struct Allow(pub &'static [Role]);

impl Guard for Allow {
    async fn check(&self, ctx: &Context<'_>) -> Result<()> {
        let Some(who) = &ctx.data_unchecked::<Viewer>().signed_in else {
            return Err(top_level("UNAUTHENTICATED", "请先登录"));
        };
        if self.0.iter().any(|role| who.has((*role).into())) {
            Ok(())
        } else {
            Err(top_level("FORBIDDEN", "您的身份不能做这件事"))
        }
    }
}
