//! Who asks.

use entities::enums::Role;
use uuid::Uuid;

use super::ids::{PersonId, ProviderId, SessionId};

/// The person behind a request, or nobody.
#[derive(Clone, Debug, Default)]
pub struct Viewer {
    /// `None` when no token was sent.
    pub signed_in: Option<SignedIn>,
}

/// A person with a live session.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// Who.
    pub person: PersonId,
    /// By which session.
    pub session: SessionId,
    /// Roles with what they are bound to; freshly read, never from the token.
    pub roles: std::sync::Arc<Vec<Grant>>,
}

/// One role and its reach.
#[derive(Clone, Debug)]
pub struct Grant {
    /// Which role.
    pub role: Role,
    /// Whose staff, for CARER and PROVIDER_MANAGER.
    pub provider: Option<Uuid>,
    /// Which branch of the region tree, for DESK and OFFICER.
    pub region: Option<String>,
}

impl SignedIn {
    /// Whether the person holds the role anywhere.
    pub fn has(&self, role: Role) -> bool {
        self.roles.iter().any(|grant| grant.role == role)
    }

    /// Whether the person works for the provider at the counter or as its manager.
    pub fn is_staff_of(&self, provider: ProviderId) -> bool {
        self.roles.iter().any(|grant| {
            matches!(grant.role, Role::ProviderManager | Role::Carer) && grant.provider == Some(provider.0)
        })
    }

    /// Whether the person sits at the telephone desk or in the office for the region.
    pub fn is_desk_for(&self, region_code: &str) -> bool {
        self.roles.iter().any(|grant| {
            matches!(grant.role, Role::Desk | Role::Admin)
                && grant.region.as_deref().is_none_or(|branch| region_code.starts_with(branch))
        })
    }

    /// The provider that the person runs; `None` for everybody else.
    pub fn managed_provider(&self) -> Option<ProviderId> {
        let manages = |grant: &&Grant| grant.role == Role::ProviderManager;
        self.roles.iter().find(manages).and_then(|grant| grant.provider).map(ProviderId)
    }

    /// Whether the person may enter and read assessments of the region, as assessor or officer of a branch above it or as
    /// admin.
    pub fn is_assessor_for(&self, region_code: &str) -> bool {
        self.roles.iter().any(|grant| {
            matches!(grant.role, Role::Assessor | Role::Officer | Role::Admin)
                && grant.region.as_deref().is_none_or(|branch| region_code.starts_with(branch))
        })
    }

    /// Whether the person decides for the region, as officer of a branch above it or as admin.
    pub fn is_officer_for(&self, region_code: &str) -> bool {
        self.roles.iter().any(|grant| {
            matches!(grant.role, Role::Officer | Role::Admin)
                && grant.region.as_deref().is_none_or(|branch| region_code.starts_with(branch))
        })
    }
    /// The branch of the region tree that the person looks after as officer or admin, empty for everything; `None` for
    /// everybody else.
    pub fn office_branch(&self) -> Option<&str> {
        let office = |grant: &&Grant| matches!(grant.role, Role::Officer | Role::Admin);
        self.roles.iter().find(office).map(|grant| grant.region.as_deref().unwrap_or(""))
    }
    /// The branch in which the person cares for assessments, at the desk or as assessor, officer or admin; empty for
    /// everything; `None` for everybody else.
    pub fn care_branch(&self) -> Option<&str> {
        let cares =
            |grant: &&Grant| matches!(grant.role, Role::Desk | Role::Assessor | Role::Officer | Role::Admin);
        self.roles.iter().find(cares).map(|grant| grant.region.as_deref().unwrap_or(""))
    }
}
