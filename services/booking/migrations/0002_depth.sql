ALTER TABLE booking_booking ADD COLUMN noshow_record TEXT;
CREATE INDEX booking_booking_day_state ON booking_booking (day, state);
ALTER TABLE booking_queue ADD COLUMN closed_at TIMESTAMPTZ;
ALTER TABLE booking_ticket ADD COLUMN finished_at TIMESTAMPTZ;

CREATE TABLE booking_hold (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    subject_ref TEXT NOT NULL,
    item_code TEXT NOT NULL,
    hall_code TEXT NOT NULL,
    day DATE NOT NULL,
    slot_from TEXT NOT NULL,
    purpose TEXT NOT NULL,
    until TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX booking_hold_subject_ref_item_code_hall_code_day_slot_from ON booking_hold (subject_ref, item_code, hall_code, day, slot_from);

CREATE TABLE booking_wait (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    active_key TEXT,
    subject_ref TEXT NOT NULL,
    subject_type TEXT NOT NULL,
    subject_name_masked TEXT NOT NULL,
    item_code TEXT NOT NULL,
    hall_code TEXT NOT NULL,
    day DATE NOT NULL,
    slot_from TEXT NOT NULL,
    state TEXT NOT NULL,
    booking_no TEXT
);
CREATE UNIQUE INDEX booking_wait_active_key ON booking_wait (active_key);
CREATE INDEX booking_wait_item_code_hall_code_day_state ON booking_wait (item_code, hall_code, day, state);
CREATE INDEX booking_wait_subject_ref_created_at ON booking_wait (subject_ref, created_at);

CREATE TABLE booking_closure (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    hall_code TEXT NOT NULL,
    first DATE NOT NULL,
    last DATE NOT NULL,
    reason TEXT NOT NULL
);
CREATE INDEX booking_closure_hall_code_last ON booking_closure (hall_code, last);

CREATE TABLE booking_block (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    queue_id TEXT NOT NULL,
    machine TEXT NOT NULL,
    kind TEXT NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL
);
CREATE INDEX booking_block_queue_id_machine ON booking_block (queue_id, machine);

CREATE TABLE booking_contest (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    booking_id TEXT NOT NULL,
    hall_code TEXT NOT NULL,
    reason TEXT NOT NULL,
    state TEXT NOT NULL,
    due_date DATE NOT NULL,
    overdue BOOLEAN NOT NULL,
    answer TEXT,
    decided_by TEXT
);
CREATE UNIQUE INDEX booking_contest_booking_id ON booking_contest (booking_id);
CREATE INDEX booking_contest_hall_code_state ON booking_contest (hall_code, state);

