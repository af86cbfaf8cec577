//! What a refusal of HighLevel's means and what to do (FACTS sections 2 to 4).

/// Why a token was refused, by the server's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    /// A scope is missing.
    Scope,
    /// An agency's token where a sub-account's is needed.
    Class,
    /// The token is for another location.
    Location,
    /// The `Version` header is missing or wrong.
    Version,
    /// Anything else: expired, revoked, mistyped. The only one that a refresh can help.
    Token,
}

/// The cause of a 401 or 403.
pub(super) fn cause(words: &str) -> Cause {
    let words = words.to_lowercase();
    let has = |text: &str| words.contains(text);
    if has("authclass") || has("user type") {
        Cause::Class
    } else if has("scope") {
        Cause::Scope
    } else if has("access to this location") || has("access to the location") {
        Cause::Location
    } else if has("version header") {
        Cause::Version
    } else {
        Cause::Token
    }
}

/// What to do about it. `oauth`: the token is an app's.
pub(super) const fn advice(cause: Cause, oauth: bool) -> &'static str {
    match (cause, oauth) {
        (Cause::Scope, true) => "add the scope to the app in the developer portal and connect the tenant again",
        (Cause::Scope, false) => "add the scope to the private integration in the sub-account's settings",
        (Cause::Class, true) => "the token is an agency's: install the app in the sub-account and connect the tenant again",
        (Cause::Class, false) => "the token is an agency's: make the private integration in the sub-account's own settings",
        (Cause::Location, _) => "the token is for another location: check the tenant's location_id",
        (Cause::Version, _) => "this version of hatbridge sends none that fits: report it",
        (Cause::Token, true) => "the token is not accepted even when it is new: connect the tenant again with `hatbridge connect`",
        (Cause::Token, false) => "the private token is wrong, revoked or rotated: put the present one into the configuration",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_expired_or_invalid_token_is_worth_a_refresh() {
        for (words, expected) in [
            ("The token is not authorized for this scope.", Cause::Scope),
            ("Token's user type mismatch!", Cause::Class),
            ("This authClass type is not allowed to access this scope. Please reach out to your developer.", Cause::Class),
            ("The token does not have access to this location.", Cause::Location),
            ("version header was not found.", Cause::Version),
            ("Invalid JWT", Cause::Token),
            ("jwt expired", Cause::Token),
            ("", Cause::Token),
        ] {
            assert_eq!(cause(words), expected, "{words}");
        }
    }
}
