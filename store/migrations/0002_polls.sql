-- What polls of HighLevel's catalogue need: under which root an entity is known, and what a list
-- showed last.

-- Of captured entities: what events are keyed by, and words that a poll fans out over (of a message:
-- `call`, or `email` and the ids of its mails).
ALTER TABLE captured ADD COLUMN root TEXT NOT NULL DEFAULT '';
ALTER TABLE captured ADD COLUMN hint TEXT NOT NULL DEFAULT '';

-- One row for each row that a poll has seen: its content, and the pass that saw it last. What a whole
-- pass did not see was deleted.
CREATE TABLE listed (
    tenant TEXT   NOT NULL,
    poll   TEXT   NOT NULL,
    id     TEXT   NOT NULL,
    root   TEXT   NOT NULL,
    hash   TEXT   NOT NULL,               -- empty: it is gone
    pass   BIGINT NOT NULL,
    PRIMARY KEY (tenant, poll, id)
);
CREATE INDEX listed_by_pass ON listed (tenant, poll, pass);
