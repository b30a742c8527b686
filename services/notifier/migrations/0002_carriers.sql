-- Several carriers of messages, lanes, and what is needed to ask a carrier about a message (NOT-05, NOT-06, NOT-08).
ALTER TABLE notifier_message ADD COLUMN lane INTEGER NOT NULL DEFAULT 2;
UPDATE notifier_message SET lane = 1 WHERE urgent;
UPDATE notifier_message SET lane = 0 WHERE recipient_ref LIKE 'sms-code:%';
ALTER TABLE notifier_message ADD COLUMN provider TEXT;
ALTER TABLE notifier_message ADD COLUMN mobile TEXT;
ALTER TABLE notifier_message ADD COLUMN mobile_key TEXT;
DROP INDEX notifier_message_state_urgent_id;
CREATE INDEX notifier_message_state_lane_id ON notifier_message (state, lane, id);
CREATE INDEX notifier_message_state_retry_at ON notifier_message (state, retry_at);
CREATE INDEX notifier_message_mobile_key_called_at ON notifier_message (mobile_key, called_at);
CREATE INDEX notifier_message_provider_ref ON notifier_message (provider_ref);

CREATE TABLE notifier_carrier_state (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    name TEXT NOT NULL,
    share INTEGER NOT NULL,
    calls INTEGER NOT NULL,
    bad INTEGER NOT NULL,
    slow INTEGER NOT NULL,
    window_at TIMESTAMPTZ NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL,
    rise_at TIMESTAMPTZ,
    falls INTEGER NOT NULL
);
CREATE UNIQUE INDEX notifier_carrier_state_name ON notifier_carrier_state (name);

CREATE TABLE notifier_carrier_change (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    name TEXT NOT NULL,
    old INTEGER NOT NULL,
    new INTEGER NOT NULL,
    reason TEXT NOT NULL,
    changed_by TEXT
);
CREATE INDEX notifier_carrier_change_created_at ON notifier_carrier_change (created_at);
CREATE INDEX notifier_carrier_change_name_created_at ON notifier_carrier_change (name, created_at);

CREATE TABLE notifier_stray_receipt (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    carrier TEXT NOT NULL,
    out_id TEXT NOT NULL,
    biz_id TEXT NOT NULL,
    delivered BOOLEAN NOT NULL,
    at TIMESTAMPTZ,
    code TEXT,
    matched_at TIMESTAMPTZ
);
CREATE UNIQUE INDEX notifier_stray_receipt_carrier_out_id_biz_id_delivered
    ON notifier_stray_receipt (carrier, out_id, biz_id, delivered);
CREATE INDEX notifier_stray_receipt_matched_at_created_at ON notifier_stray_receipt (matched_at, created_at);
