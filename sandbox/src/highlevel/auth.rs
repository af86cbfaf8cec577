//! Who calls: tokens, their classes and their scopes.

use super::{
    location::{Location, Via},
    options::AppOptions,
    problem::Problem,
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

/// What a token opens: the two are classes, not sets of scopes.
#[derive(Debug, Clone)]
pub(super) enum Class {
    Location(Arc<Location>),
    Company,
}

/// What stands behind a token.
#[derive(Debug, Clone)]
pub(super) struct Grant {
    pub(super) class: Class,
    pub(super) via: Via,
    pub(super) scopes: Option<Arc<[String]>>,
}

impl Grant {
    fn is_of(&self, location: &str) -> bool {
        matches!(&self.class, Class::Location(own) if &*own.id == location)
    }
}

/// A pair of tokens just given out.
#[derive(Debug)]
pub(super) struct Pair {
    pub(super) access: String,
    pub(super) refresh: String,
    pub(super) grant: Grant,
}

/// All tokens that exist.
pub(super) struct Tokens {
    private: HashMap<String, Grant>,
    app: AppOptions,
    issued: Mutex<Issued>,
}

struct Issued {
    random: fastrand::Rng,
    access: HashMap<String, (Grant, Instant)>,
    refresh: HashMap<String, Grant>,
    codes: HashMap<String, Grant>,
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tokens").field("private", &self.private.len()).finish_non_exhaustive()
    }
}

impl Issued {
    fn text(&mut self, kind: &str) -> String {
        let random: String = (0..40).map(|_| self.random.alphanumeric()).collect();
        format!("{kind}.{random}")
    }

    fn pair(&mut self, grant: Grant, app: &AppOptions) -> Pair {
        let now = Instant::now();
        self.access.retain(|_, (_, until)| *until > now);
        let (access, refresh) = (self.text("access"), self.text("refresh"));
        self.access.insert(access.clone(), (grant.clone(), now + app.token_life));
        self.refresh.insert(refresh.clone(), grant.clone());
        Pair { access, refresh, grant }
    }
}

impl Tokens {
    pub(super) fn new(private: HashMap<String, Grant>, app: AppOptions, seed: u64) -> Self {
        let issued = Issued { random: fastrand::Rng::with_seed(seed), access: HashMap::new(), refresh: HashMap::new(), codes: HashMap::new() };
        Self { private, app, issued: Mutex::new(issued) }
    }

    pub(super) fn app(&self) -> &AppOptions {
        &self.app
    }

    fn issued(&self) -> MutexGuard<'_, Issued> {
        self.issued.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn app_grant(&self, class: Class) -> Grant {
        Grant { class, via: Via::App, scopes: self.app.scopes.clone().map(Into::into) }
    }

    /// What stands behind this token, unless it has expired.
    pub(super) fn known(&self, token: &str) -> Option<Grant> {
        if let Some(grant) = self.private.get(token) {
            return Some(grant.clone());
        }
        let issued = self.issued();
        issued.access.get(token).filter(|(_, until)| *until > Instant::now()).map(|(grant, _)| grant.clone())
    }

    /// A code, as the browser brings it back from the page where a user installs the app.
    pub(super) fn code(&self, class: Class) -> String {
        let grant = self.app_grant(class);
        let mut issued = self.issued();
        let code = issued.text("code");
        issued.codes.insert(code.clone(), grant);
        code
    }

    /// The grant behind a code, which can be used once.
    pub(super) fn take_code(&self, code: &str) -> Option<Grant> {
        self.issued().codes.remove(code)
    }

    /// The grant behind a refresh token, which is invalid from now on.
    pub(super) fn take_refresh(&self, token: &str) -> Option<Grant> {
        self.issued().refresh.remove(token)
    }

    pub(super) fn issue(&self, grant: Grant) -> Pair {
        self.issued().pair(grant, &self.app)
    }

    /// Access tokens of this location are expired from now on.
    pub(super) fn expire(&self, location: &str) {
        self.issued().access.retain(|_, (grant, _)| !grant.is_of(location));
    }

    /// As when the app is uninstalled: nothing that was given out counts any more.
    pub(super) fn revoke(&self, location: &str) {
        let mut issued = self.issued();
        issued.access.retain(|_, (grant, _)| !grant.is_of(location));
        issued.refresh.retain(|_, grant| !grant.is_of(location));
        issued.codes.retain(|_, grant| !grant.is_of(location));
    }
}

/// The scope that a call needs; `None`: any token will do.
fn scope_for(method: &str, path: &str) -> Option<&'static str> {
    let reads = method == "GET" || path.ends_with("/search") || path.ends_with("/filter-by-email");
    let message = path.contains("/messages");
    let scope = |read: &'static str, write: &'static str| Some(if reads { read } else { write });
    match path.trim_start_matches('/').split('/').next().unwrap_or_default() {
        "calendars" => Some(super::calendars::scope(reads, path)),
        "contacts" => scope("contacts.readonly", "contacts.write"),
        "conversations" if message => scope("conversations/message.readonly", "conversations/message.write"),
        "conversations" => scope("conversations.readonly", "conversations.write"),
        "opportunities" => scope("opportunities.readonly", "opportunities.write"),
        "users" => scope("users.readonly", "users.write"),
        "businesses" => scope("businesses.readonly", "businesses.write"),
        "associations" if path.contains("/relations") => scope("associations/relation.readonly", "associations/relation.write"),
        "associations" => scope("associations.readonly", "associations.write"),
        "workflows" => Some("workflows.readonly"),
        "campaigns" => Some("campaigns.readonly"),
        "snapshots" => Some("snapshots.readonly"),
        "companies" => Some("companies.readonly"),
        "blogs" => blog_scope(method, path),
        "locations" if path.ends_with("/customFields") => Some("locations/customFields.readonly"),
        "locations" if path.contains("/tasks") => scope("locations/tasks.readonly", "locations/tasks.write"),
        "locations" => scope("locations.readonly", "locations.write"),
        _ => None,
    }
}

fn blog_scope(method: &str, path: &str) -> Option<&'static str> {
    match (method, path.trim_start_matches("/blogs/").trim_end_matches('/')) {
        ("GET", "authors") => Some("blogs/author.readonly"),
        ("GET", "categories") => Some("blogs/category.readonly"),
        ("GET", "posts/url-slug-exists") => Some("blogs/check-slug.readonly"),
        ("GET", "posts/all") => Some("blogs/posts.readonly"),
        ("GET", "site/all") => Some("blogs/list.readonly"),
        ("POST", _) => Some("blogs/post.write"),
        ("PUT", _) => Some("blogs/post-update.write"),
        _ => None,
    }
}

/// Whether a grant opens this path of a location; the refusals are those of FACTS section 2.
pub(super) fn opened(grant: &Grant, method: &str, path: &str) -> Result<Arc<Location>, Problem> {
    let location = match (&grant.class, grant.via) {
        (Class::Location(location), _) => Arc::clone(location),
        (Class::Company, Via::PrivateToken) => return Err(Problem::unauthorized("Token's user type mismatch!")),
        (Class::Company, Via::App) => return Err(Problem::unauthorized("This authClass type is not allowed to access this scope.")),
    };
    scoped(grant, method, path)?;
    Ok(location)
}

/// Whether a grant opens this path that agencies may call, the location's own where `either` is true.
pub(super) fn opened_to_company(grant: &Grant, either: bool, method: &str, path: &str) -> Result<Option<Arc<Location>>, Problem> {
    let location = match &grant.class {
        Class::Company => None,
        Class::Location(location) if either => Some(Arc::clone(location)),
        Class::Location(_) => return Err(Problem::unauthorized("This authClass type is not allowed to access this scope.")),
    };
    scoped(grant, method, path)?;
    Ok(location)
}

fn scoped(grant: &Grant, method: &str, path: &str) -> Result<(), Problem> {
    let missing = |scope: &&str| grant.scopes.as_ref().is_some_and(|scopes| !scopes.iter().any(|other| other == *scope));
    match scope_for(method, path).filter(missing) {
        Some(_) => Err(Problem::unauthorized("The token is not authorized for this scope.")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_and_writing_need_different_scopes() {
        let table = [
            ("GET", "/contacts/a", "contacts.readonly"),
            ("POST", "/contacts/search", "contacts.readonly"),
            ("POST", "/contacts/", "contacts.write"),
            ("POST", "/conversations/messages/inbound", "conversations/message.write"),
            ("PUT", "/conversations/a", "conversations.write"),
            ("POST", "/locations/a/tasks/search", "locations/tasks.readonly"),
            ("GET", "/locations/a/customFields", "locations/customFields.readonly"),
            ("POST", "/users/search/filter-by-email", "users.readonly"),
            ("POST", "/opportunities/upsert", "opportunities.write"),
            ("DELETE", "/associations/relations/a", "associations/relation.write"),
            ("GET", "/blogs/posts/all", "blogs/posts.readonly"),
            ("PUT", "/blogs/posts/a", "blogs/post-update.write"),
        ];
        for (method, path, scope) in table {
            assert_eq!(scope_for(method, path), Some(scope), "{method} {path}");
        }
    }
}
