CREATE TABLE notifier_org (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    parent TEXT,
    sequence INTEGER NOT NULL
);
CREATE UNIQUE INDEX notifier_org_code ON notifier_org (code);

CREATE TABLE notifier_preference (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    ref TEXT NOT NULL,
    sms BOOLEAN NOT NULL
);
CREATE UNIQUE INDEX notifier_preference_ref ON notifier_preference (ref);

CREATE TABLE notifier_inbox_message (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    dedupe_key TEXT NOT NULL,
    recipient_ref TEXT NOT NULL,
    template TEXT NOT NULL,
    title_zh TEXT NOT NULL,
    title_en TEXT NOT NULL,
    zh TEXT NOT NULL,
    en TEXT NOT NULL,
    case_no TEXT,
    important BOOLEAN NOT NULL,
    read_at TIMESTAMPTZ
);
CREATE UNIQUE INDEX notifier_inbox_message_dedupe_key ON notifier_inbox_message (dedupe_key);
CREATE INDEX notifier_inbox_message_recipient_ref_created_at ON notifier_inbox_message (recipient_ref, created_at);

CREATE TABLE notifier_message (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    dedupe_key TEXT NOT NULL,
    parent TEXT,
    template TEXT NOT NULL,
    recipient_ref TEXT NOT NULL,
    params TEXT NOT NULL,
    cause_event TEXT NOT NULL,
    cause_type TEXT NOT NULL,
    case_id TEXT,
    case_no TEXT,
    org TEXT,
    mandatory BOOLEAN NOT NULL,
    urgent BOOLEAN NOT NULL,
    holdable BOOLEAN NOT NULL,
    state TEXT NOT NULL,
    claim TEXT,
    lease_until TIMESTAMPTZ,
    retry_at TIMESTAMPTZ,
    called_at TIMESTAMPTZ,
    attempts INTEGER NOT NULL,
    mobile_masked TEXT,
    parts INTEGER,
    provider_ref TEXT,
    accepted_at TIMESTAMPTZ,
    delivered_at TIMESTAMPTZ,
    error TEXT
);
CREATE UNIQUE INDEX notifier_message_dedupe_key ON notifier_message (dedupe_key);
CREATE INDEX notifier_message_parent ON notifier_message (parent);
CREATE INDEX notifier_message_case_id ON notifier_message (case_id);
CREATE INDEX notifier_message_case_no ON notifier_message (case_no);
CREATE INDEX notifier_message_state_urgent_id ON notifier_message (state, urgent, id);
CREATE INDEX notifier_message_template_created_at ON notifier_message (template, created_at);

CREATE TABLE notifier_shipment (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    order_no TEXT NOT NULL,
    case_id TEXT NOT NULL,
    case_no TEXT NOT NULL,
    direction TEXT NOT NULL,
    sender_org TEXT NOT NULL,
    recipient_ref TEXT NOT NULL,
    address_ref TEXT NOT NULL,
    payer TEXT NOT NULL,
    payer_org TEXT,
    content TEXT NOT NULL,
    org TEXT,
    state TEXT NOT NULL,
    claim TEXT,
    lease_until TIMESTAMPTZ,
    retry_at TIMESTAMPTZ,
    attempts INTEGER NOT NULL,
    provider_ref TEXT,
    waybill_no TEXT,
    ordered_at TIMESTAMPTZ,
    picked_up_at TIMESTAMPTZ,
    ended_at TIMESTAMPTZ,
    poll_at TIMESTAMPTZ,
    error TEXT
);
CREATE UNIQUE INDEX notifier_shipment_order_no ON notifier_shipment (order_no);
CREATE INDEX notifier_shipment_case_id ON notifier_shipment (case_id);
CREATE INDEX notifier_shipment_case_no ON notifier_shipment (case_no);
CREATE INDEX notifier_shipment_state_id ON notifier_shipment (state, id);
CREATE INDEX notifier_shipment_recipient_ref_created_at ON notifier_shipment (recipient_ref, created_at);
CREATE INDEX notifier_shipment_poll_at ON notifier_shipment (poll_at);

CREATE TABLE notifier_track (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    shipment TEXT NOT NULL,
    state TEXT NOT NULL,
    text TEXT NOT NULL,
    at TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX notifier_track_shipment_state_at ON notifier_track (shipment, state, at);

CREATE TABLE notifier_task (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    org TEXT NOT NULL,
    case_no TEXT,
    zh TEXT NOT NULL,
    en TEXT NOT NULL,
    done_at TIMESTAMPTZ,
    done_by TEXT,
    note TEXT
);
CREATE UNIQUE INDEX notifier_task_kind_subject ON notifier_task (kind, subject);
CREATE INDEX notifier_task_org_created_at ON notifier_task (org, created_at);

