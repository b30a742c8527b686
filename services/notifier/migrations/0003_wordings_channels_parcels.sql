ALTER TABLE notifier_message ADD COLUMN wording INTEGER NOT NULL DEFAULT 1;
ALTER TABLE notifier_inbox_message ADD COLUMN wording INTEGER NOT NULL DEFAULT 1;

CREATE TABLE notifier_wording (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    code TEXT NOT NULL,
    number INTEGER NOT NULL,
    state TEXT NOT NULL,
    title_zh TEXT NOT NULL,
    title_en TEXT NOT NULL,
    zh TEXT NOT NULL,
    en TEXT NOT NULL,
    drafted_by TEXT NOT NULL,
    published_by TEXT,
    published_at TIMESTAMPTZ
);
CREATE UNIQUE INDEX notifier_wording_code_number ON notifier_wording (code, number);

ALTER TABLE notifier_shipment ADD COLUMN doubtful BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE notifier_shipment ADD COLUMN cancel_reason TEXT;
ALTER TABLE notifier_shipment ADD COLUMN choice TEXT;
ALTER TABLE notifier_shipment ADD COLUMN payer_account TEXT;
ALTER TABLE notifier_shipment ADD COLUMN billed_org TEXT;

CREATE TABLE notifier_payer_rule (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    payer TEXT NOT NULL,
    account TEXT NOT NULL,
    billed_org TEXT NOT NULL,
    changed_by TEXT NOT NULL
);
CREATE UNIQUE INDEX notifier_payer_rule_payer ON notifier_payer_rule (payer);

CREATE TABLE notifier_stray_track (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    order_no TEXT NOT NULL,
    waybill TEXT,
    state TEXT NOT NULL,
    text TEXT NOT NULL,
    at TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX notifier_stray_track_order_no_state_at ON notifier_stray_track (order_no, state, at);
CREATE INDEX notifier_stray_track_created_at ON notifier_stray_track (created_at);

CREATE TABLE notifier_paper (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    case_id TEXT NOT NULL,
    case_no TEXT,
    from_org TEXT,
    to_org TEXT,
    due TEXT,
    round INTEGER NOT NULL,
    batch TEXT,
    scanned_at TIMESTAMPTZ,
    scanned_by TEXT,
    moved_at TIMESTAMPTZ
);
CREATE UNIQUE INDEX notifier_paper_case_id ON notifier_paper (case_id);
CREATE INDEX notifier_paper_case_no ON notifier_paper (case_no);
CREATE INDEX notifier_paper_batch ON notifier_paper (batch);
CREATE INDEX notifier_paper_from_org_batch ON notifier_paper (from_org, batch);

ALTER TABLE notifier_inbox_message ADD COLUMN sender_ref TEXT;
ALTER TABLE notifier_inbox_message ADD COLUMN sender_name TEXT;
ALTER TABLE notifier_inbox_message ADD COLUMN note TEXT;
CREATE INDEX notifier_inbox_message_note ON notifier_inbox_message (note);

CREATE TABLE notifier_note (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    sender_ref TEXT NOT NULL,
    recipients TEXT NOT NULL,
    title TEXT NOT NULL,
    text TEXT NOT NULL,
    case_no TEXT,
    answer_to TEXT,
    request_key TEXT
);
CREATE UNIQUE INDEX notifier_note_request_key ON notifier_note (request_key);
CREATE UNIQUE INDEX notifier_note_answer_to ON notifier_note (answer_to);
CREATE INDEX notifier_note_sender_ref_created_at ON notifier_note (sender_ref, created_at);

CREATE TABLE notifier_bulletin (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    title TEXT NOT NULL,
    text TEXT NOT NULL,
    audience TEXT NOT NULL,
    org TEXT,
    from_date DATE NOT NULL,
    until_date DATE NOT NULL,
    published_by TEXT NOT NULL,
    withdrawn_at TIMESTAMPTZ
);
CREATE INDEX notifier_bulletin_until_date_audience ON notifier_bulletin (until_date, audience);
CREATE INDEX notifier_bulletin_created_at ON notifier_bulletin (created_at);

CREATE TABLE notifier_bulletin_read (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    bulletin TEXT NOT NULL,
    ref TEXT NOT NULL
);
CREATE UNIQUE INDEX notifier_bulletin_read_bulletin_ref ON notifier_bulletin_read (bulletin, ref);

ALTER TABLE notifier_message ADD COLUMN took_ms INTEGER;
CREATE INDEX notifier_message_accepted_at ON notifier_message (accepted_at);

CREATE TABLE notifier_tariff (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    kind TEXT NOT NULL,
    from_date DATE NOT NULL,
    fen INTEGER NOT NULL,
    changed_by TEXT NOT NULL
);
CREATE UNIQUE INDEX notifier_tariff_kind_from_date ON notifier_tariff (kind, from_date);
