CREATE TABLE booking_hall (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    org TEXT,
    closes TEXT,
    active BOOLEAN NOT NULL,
    sequence INTEGER NOT NULL
);
CREATE UNIQUE INDEX booking_hall_code ON booking_hall (code);

CREATE TABLE booking_offer (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    item_code TEXT NOT NULL,
    item_name TEXT NOT NULL,
    hall_code TEXT NOT NULL,
    hall_name TEXT NOT NULL,
    queue_group TEXT NOT NULL,
    valid_from DATE NOT NULL,
    valid_until DATE,
    daily_number INTEGER NOT NULL,
    slots TEXT NOT NULL,
    sequence INTEGER NOT NULL
);
CREATE UNIQUE INDEX booking_offer_item_code_hall_code ON booking_offer (item_code, hall_code);

CREATE TABLE booking_place (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    item_code TEXT NOT NULL,
    hall_code TEXT NOT NULL,
    day DATE NOT NULL,
    slot_from TEXT NOT NULL,
    taken INTEGER NOT NULL
);
CREATE UNIQUE INDEX booking_place_item_code_hall_code_day_slot_from ON booking_place (item_code, hall_code, day, slot_from);

CREATE TABLE booking_party (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    ref TEXT NOT NULL,
    restricted_until DATE,
    restriction_sequence INTEGER NOT NULL,
    banned_until DATE,
    ban_sequence INTEGER NOT NULL
);
CREATE UNIQUE INDEX booking_party_ref ON booking_party (ref);

CREATE TABLE booking_booking (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    booking_no TEXT NOT NULL,
    active_key TEXT,
    subject_ref TEXT NOT NULL,
    subject_type TEXT NOT NULL,
    subject_name_masked TEXT NOT NULL,
    item_code TEXT NOT NULL,
    item_name TEXT NOT NULL,
    hall_code TEXT NOT NULL,
    hall_name TEXT NOT NULL,
    queue_group TEXT NOT NULL,
    day DATE NOT NULL,
    slot_from TEXT NOT NULL,
    slot_to TEXT NOT NULL,
    state TEXT NOT NULL,
    cancelled_by TEXT,
    reminded_at TIMESTAMPTZ,
    arrived_at TIMESTAMPTZ,
    noshow_id TEXT
);
CREATE UNIQUE INDEX booking_booking_booking_no ON booking_booking (booking_no);
CREATE UNIQUE INDEX booking_booking_active_key ON booking_booking (active_key);
CREATE INDEX booking_booking_subject_ref_created_at ON booking_booking (subject_ref, created_at);
CREATE INDEX booking_booking_hall_code_day ON booking_booking (hall_code, day);

CREATE TABLE booking_queue (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    hall_code TEXT NOT NULL,
    queue_group TEXT NOT NULL,
    day DATE NOT NULL,
    last_ordinary INTEGER NOT NULL,
    last_booked INTEGER NOT NULL
);
CREATE UNIQUE INDEX booking_queue_hall_code_queue_group_day ON booking_queue (hall_code, queue_group, day);

CREATE TABLE booking_ticket (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    queue_id TEXT NOT NULL,
    ticket_no TEXT NOT NULL,
    kind TEXT NOT NULL,
    booking_id TEXT,
    place INTEGER NOT NULL,
    state TEXT NOT NULL,
    calls INTEGER NOT NULL,
    reentered BOOLEAN NOT NULL,
    "window" TEXT,
    issued_at TIMESTAMPTZ NOT NULL,
    called_at TIMESTAMPTZ,
    served_at TIMESTAMPTZ
);
CREATE UNIQUE INDEX booking_ticket_booking_id ON booking_ticket (booking_id);
CREATE INDEX booking_ticket_queue_id_state_place ON booking_ticket (queue_id, state, place);
CREATE UNIQUE INDEX booking_ticket_queue_id_ticket_no ON booking_ticket (queue_id, ticket_no);

