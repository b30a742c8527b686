-- Outgoing events, written in the transaction of the change they report; only the relay reads them.
-- (published_at, id) finds what is unpublished in order, and what is old enough to be purged.
CREATE TABLE chassis_outbox (
    id {{serial}},
    event_id TEXT NOT NULL UNIQUE,
    type TEXT NOT NULL,
    subject TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    exchange TEXT NOT NULL,
    routing_key TEXT NOT NULL,
    body TEXT NOT NULL,
    traceparent TEXT,
    created_at TIMESTAMPTZ NOT NULL,
    published_at TIMESTAMPTZ,
    attempts INTEGER NOT NULL DEFAULT 0,
    not_before TIMESTAMPTZ,
    error TEXT
);
CREATE INDEX chassis_outbox_published ON chassis_outbox (published_at, id);
CREATE INDEX chassis_outbox_held ON chassis_outbox (not_before) WHERE not_before IS NOT NULL;

-- The last number given to an event of each subject; its row lock keeps ids and numbers in the same order.
CREATE TABLE chassis_sequence (
    subject TEXT PRIMARY KEY,
    last BIGINT NOT NULL
);

-- What each consumer has taken: one effect per event, whatever is delivered twice.
CREATE TABLE chassis_inbox (
    consumer TEXT NOT NULL,
    event_id TEXT NOT NULL,
    received_at TIMESTAMPTZ NOT NULL,
    ignored BOOLEAN NOT NULL,
    PRIMARY KEY (consumer, event_id)
);
CREATE INDEX chassis_inbox_received ON chassis_inbox (received_at);
