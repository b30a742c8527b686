-- Pushes to supervision, each with its state (SUP-03); the rating of a case (FIL-17); refunds (FIL-98).

ALTER TABLE filing_case DROP COLUMN push_acknowledged_at;
ALTER TABLE filing_case ADD COLUMN rating_level INTEGER;
ALTER TABLE filing_case ADD COLUMN rating_source TEXT;

ALTER TABLE filing_payment ADD COLUMN refund_asked_at TIMESTAMPTZ;
ALTER TABLE filing_payment ADD COLUMN refund_next_at TIMESTAMPTZ;
ALTER TABLE filing_payment ADD COLUMN refunded_at TIMESTAMPTZ;
ALTER TABLE filing_payment ADD COLUMN refund_ref TEXT;
CREATE INDEX filing_payment_refund_next_at ON filing_payment (refund_next_at);

CREATE TABLE filing_push (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    case_id TEXT NOT NULL,
    case_no TEXT NOT NULL,
    kind TEXT NOT NULL,
    item_code TEXT NOT NULL,
    item_name TEXT NOT NULL,
    approving_org TEXT NOT NULL,
    supervising_org TEXT NOT NULL,
    told TEXT NOT NULL,
    pushed_at TIMESTAMPTZ NOT NULL,
    sent_at TIMESTAMPTZ NOT NULL,
    repeats INTEGER NOT NULL,
    confirmed_at TIMESTAMPTZ
);
CREATE UNIQUE INDEX filing_push_case_id_kind_supervising_org ON filing_push (case_id, kind, supervising_org);
CREATE INDEX filing_push_confirmed_at_pushed_at ON filing_push (confirmed_at, pushed_at);
