//! The door: token, version and rate limit of every call that belongs to a location.

use super::{
    auth::{Grant, opened, opened_to_company},
    limits::Taken,
    location::{Location, Via},
    problem::Problem,
    service::World,
};
use axum::{
    extract::{FromRequestParts, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use std::{
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Instant,
};

/// Shapes of the API that are still served.
const VERSIONS: [&str; 4] = ["v3", "2023-02-21", "2021-07-28", "2021-04-15"];

/// Who calls, and in which shape.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    pub(super) location: Arc<Location>,
    pub(super) via: Via,
    pub(super) v3: bool,
}

impl Caller {
    /// The location named in a call must be the token's own.
    pub(super) fn must_be(&self, location: &str) -> Result<(), Problem> {
        if location == &*self.location.id { Ok(()) } else { Err(Problem::forbidden("The token does not have access to this location.")) }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.get::<Self>().cloned().ok_or_else(Problem::internal)
    }
}

/// Who calls a route that agencies may call, and in which shape.
#[derive(Debug, Clone)]
pub(super) struct Guest {
    /// `None`: the token is the agency's.
    pub(super) location: Option<Arc<Location>>,
    pub(super) v3: bool,
}

impl Guest {
    /// A location's token opens its own location, an agency's all of them.
    pub(super) fn must_be(&self, location: &str) -> Result<(), Problem> {
        match &self.location {
            Some(own) if location != &*own.id => Err(Problem::forbidden("The token does not have access to this location.")),
            Some(_) | None => Ok(()),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Guest {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.get::<Self>().cloned().ok_or_else(Problem::internal)
    }
}

/// Which tokens a route takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Door {
    Location,
    Company,
    Either,
}

pub(super) fn bearer(world: &World, headers: &HeaderMap) -> Result<Grant, Problem> {
    let header = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    match header.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => world.tokens.known(token.trim()).ok_or_else(|| Problem::unauthorized("Invalid JWT")),
        _ => Err(Problem::unauthorized("Authorization header was not found.")),
    }
}

/// Whether it is v3.
pub(super) fn version(headers: &HeaderMap) -> Result<bool, Problem> {
    match headers.get("version").map(|value| value.to_str().unwrap_or_default()) {
        None => Err(Problem::unauthorized("version header was not found.")),
        Some(version) if VERSIONS.contains(&version) => Ok(version == "v3"),
        Some(_) => Err(Problem::bad_request("version header is not valid.")),
    }
}

/// With a location's token.
pub(super) async fn admit(State(world): State<Arc<World>>, request: Request, next: Next) -> Response {
    through(&world, Door::Location, request, next).await
}

/// With an agency's token.
pub(super) async fn admit_company(State(world): State<Arc<World>>, request: Request, next: Next) -> Response {
    through(&world, Door::Company, request, next).await
}

/// With either.
pub(super) async fn admit_either(State(world): State<Arc<World>>, request: Request, next: Next) -> Response {
    through(&world, Door::Either, request, next).await
}

async fn through(world: &World, door: Door, mut request: Request, next: Next) -> Response {
    let headers = request.headers();
    let (version, grant) = (version(headers), bearer(world, headers));
    let (v3, grant) = match (version, grant) {
        (Ok(v3), Ok(grant)) => (v3, grant),
        (Err(problem), _) | (Ok(_), Err(problem)) => return problem.into_response(),
    };
    let (method, path) = (request.method().as_str(), request.uri().path());
    let location = match door {
        Door::Location => opened(&grant, method, path).map(Some),
        Door::Company | Door::Either => opened_to_company(&grant, door == Door::Either, method, path),
    };
    let location = match location {
        Ok(location) => location,
        Err(problem) => return problem.into_response(),
    };
    let taken = match &location {
        Some(location) => location.take(grant.via, world.limits(), Instant::now()),
        None => world.company.take(grant.via, world.limits(), Instant::now()),
    };
    let mut response = match taken {
        Some(Taken { allowed: false, .. }) => {
            world.throttled.fetch_add(1, Relaxed);
            Problem::too_many().into_response()
        }
        _ => {
            if let Some(location) = &location {
                request.extensions_mut().insert(Caller { location: Arc::clone(location), via: grant.via, v3 });
            }
            request.extensions_mut().insert(Guest { location, v3 });
            next.run(request).await
        }
    };
    if let Some(taken) = taken {
        tell_limits(response.headers_mut(), &taken);
    }
    response
}

fn tell_limits(headers: &mut HeaderMap, taken: &Taken) {
    let interval = u64::try_from(taken.limits.interval.as_millis()).unwrap_or(u64::MAX);
    let mut put = |name: &'static str, value: HeaderValue| headers.insert(HeaderName::from_static(name), value);
    put("x-ratelimit-limit-daily", taken.limits.per_day.into());
    put("x-ratelimit-daily-remaining", taken.daily_remaining.into());
    put("x-ratelimit-interval-milliseconds", interval.into());
    put("x-ratelimit-max", taken.max.into());
    put("x-ratelimit-remaining", taken.remaining.into());
    if !taken.allowed && taken.limits.retry_after {
        let seconds = u64::from(taken.wait.subsec_nanos() > 0) + taken.wait.as_secs();
        put("retry-after", seconds.into());
    }
}
