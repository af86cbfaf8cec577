-- What hatbridge remembers. The same statements run on SQLite and on PostgreSQL: TEXT, BIGINT, no
-- database-specific types. Moments are microseconds since the Unix epoch.

-- One row an event (action = '') once it is finished, one row an action of it.
CREATE TABLE ledger (
    event_id   TEXT   NOT NULL,
    action     TEXT   NOT NULL,
    tenant     TEXT   NOT NULL,
    status     TEXT   NOT NULL,           -- intended | done | refused
    effect     TEXT   NOT NULL,           -- class of the action, see systems::Effect
    remote_id  TEXT,                      -- the id that the other system gave
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (event_id, action)
);

-- Who may act on a person right now: an event holds its claims from before its first call until
-- its last record, across processes.
CREATE TABLE claims (
    tenant   TEXT   NOT NULL,
    claim    TEXT   NOT NULL,
    event_id TEXT   NOT NULL,
    owner    TEXT   NOT NULL,             -- the process that acts for the event
    taken_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, claim)
);
CREATE INDEX claims_by_event ON claims (event_id);

-- Which record here is which record there; a link is two rows, one from each side.
CREATE TABLE identity (
    tenant     TEXT   NOT NULL,
    kind       TEXT   NOT NULL,
    system     TEXT   NOT NULL,           -- whose id `id` is
    id         TEXT   NOT NULL,
    other_id   TEXT   NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, kind, system, id)
);

-- The state both sides last agreed on, as canonical JSON.
CREATE TABLE synced (
    tenant     TEXT   NOT NULL,
    kind       TEXT   NOT NULL,
    id         TEXT   NOT NULL,
    state      TEXT   NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, kind, id)
);

-- What capture last published of an entity: content hash and a counter that tells A, B, A apart.
CREATE TABLE captured (
    tenant     TEXT   NOT NULL,
    source     TEXT   NOT NULL,
    kind       TEXT   NOT NULL,
    id         TEXT   NOT NULL,
    hash       TEXT   NOT NULL,
    generation BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, source, kind, id)
);

CREATE TABLE webhooks_seen (
    system     TEXT   NOT NULL,
    webhook_id TEXT   NOT NULL,
    seen_at    BIGINT NOT NULL,
    PRIMARY KEY (system, webhook_id)
);
CREATE INDEX webhooks_seen_by_age ON webhooks_seen (seen_at);

CREATE TABLE cursors (
    tenant     TEXT   NOT NULL,
    system     TEXT   NOT NULL,
    resource   TEXT   NOT NULL,
    cursor     TEXT   NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, system, resource)
);

-- The call budget of a tenant in a system, shared by all processes (GCRA: theoretical arrival time).
CREATE TABLE quota (
    system      TEXT   NOT NULL,
    tenant      TEXT   NOT NULL,
    tat         BIGINT NOT NULL,
    limit_calls BIGINT NOT NULL,          -- calls an interval, as the headers last said
    interval_us BIGINT NOT NULL,
    day         BIGINT NOT NULL,          -- days since the epoch, UTC
    day_used    BIGINT NOT NULL,
    day_limit   BIGINT NOT NULL,
    PRIMARY KEY (system, tenant)
);

-- Who may do what only one may do; `fence` grows with every change of hands.
CREATE TABLE leases (
    name       TEXT   NOT NULL PRIMARY KEY,
    owner      TEXT   NOT NULL,
    fence      BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

-- OAuth tokens, sealed.
CREATE TABLE tokens (
    tenant     TEXT   NOT NULL PRIMARY KEY,
    sealed     TEXT   NOT NULL,
    updated_at BIGINT NOT NULL
);
