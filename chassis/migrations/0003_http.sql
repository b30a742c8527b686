-- Answers kept for repeated requests (Idempotency-Key).

CREATE TABLE chassis_idempotency (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    actor TEXT NOT NULL,
    route TEXT NOT NULL,
    key TEXT NOT NULL,
    request_hash TEXT NOT NULL,
    state TEXT NOT NULL,
    lease TEXT NOT NULL,
    lease_until TIMESTAMPTZ NOT NULL,
    purge_after TIMESTAMPTZ NOT NULL,
    status INTEGER,
    headers TEXT,
    body TEXT
);
CREATE INDEX chassis_idempotency_purge_after ON chassis_idempotency (purge_after);
CREATE UNIQUE INDEX chassis_idempotency_actor_route_key ON chassis_idempotency (actor, route, key);
