-- The catalog: places, items with their versions, standards, quotas, forms.
CREATE TABLE catalog_region (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    name_en TEXT,
    level TEXT NOT NULL,
    parent TEXT,
    site_enabled BOOLEAN NOT NULL
);
CREATE UNIQUE INDEX catalog_region_code ON catalog_region (code);
CREATE INDEX catalog_region_parent ON catalog_region (parent);

CREATE TABLE catalog_org (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    aliases TEXT NOT NULL,
    kind TEXT NOT NULL,
    region TEXT NOT NULL,
    parent TEXT,
    uscc TEXT,
    leader_main TEXT,
    leader_deputy TEXT,
    phone TEXT,
    active BOOLEAN NOT NULL,
    inactive_reason TEXT,
    in_city_centre BOOLEAN NOT NULL,
    reported TEXT
);
CREATE UNIQUE INDEX catalog_org_code ON catalog_org (code);
CREATE INDEX catalog_org_kind ON catalog_org (kind);
CREATE INDEX catalog_org_region ON catalog_org (region);
CREATE INDEX catalog_org_parent ON catalog_org (parent);

CREATE TABLE catalog_hall (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    org TEXT NOT NULL,
    region TEXT NOT NULL,
    level TEXT NOT NULL,
    address TEXT NOT NULL,
    phone TEXT,
    service_hours TEXT NOT NULL,
    queue_groups TEXT NOT NULL,
    active BOOLEAN NOT NULL,
    reported TEXT
);
CREATE UNIQUE INDEX catalog_hall_code ON catalog_hall (code);
CREATE INDEX catalog_hall_org ON catalog_hall (org);
CREATE INDEX catalog_hall_region ON catalog_hall (region);

CREATE TABLE catalog_window (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    hall TEXT NOT NULL,
    window_no TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    org TEXT NOT NULL,
    items TEXT,
    queue_group TEXT NOT NULL,
    active BOOLEAN NOT NULL,
    reported TEXT
);
CREATE INDEX catalog_window_org ON catalog_window (org);
CREATE UNIQUE INDEX catalog_window_hall_window_no ON catalog_window (hall, window_no);

CREATE TABLE catalog_leader (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    grant_id TEXT NOT NULL,
    org TEXT,
    role TEXT,
    staff_ref TEXT,
    valid_from DATE,
    valid_until DATE,
    revoked BOOLEAN NOT NULL
);
CREATE UNIQUE INDEX catalog_leader_grant_id ON catalog_leader (grant_id);
CREATE INDEX catalog_leader_org ON catalog_leader (org);

CREATE TABLE catalog_item (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    name_en TEXT,
    search_text TEXT NOT NULL,
    parent TEXT,
    leaf BOOLEAN NOT NULL,
    state TEXT NOT NULL,
    current_version INTEGER,
    last_version INTEGER NOT NULL,
    org TEXT NOT NULL,
    region TEXT NOT NULL,
    for_person BOOLEAN NOT NULL,
    for_legal BOOLEAN NOT NULL,
    bookable BOOLEAN NOT NULL,
    summary TEXT NOT NULL,
    seed_digest TEXT
);
CREATE UNIQUE INDEX catalog_item_code ON catalog_item (code);
CREATE INDEX catalog_item_parent ON catalog_item (parent);
CREATE INDEX catalog_item_state ON catalog_item (state);
CREATE INDEX catalog_item_org ON catalog_item (org);
CREATE INDEX catalog_item_region_state_code ON catalog_item (region, state, code);

CREATE TABLE catalog_item_theme (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    theme TEXT NOT NULL,
    item_code TEXT NOT NULL
);
CREATE INDEX catalog_item_theme_item_code ON catalog_item_theme (item_code);
CREATE UNIQUE INDEX catalog_item_theme_theme_item_code ON catalog_item_theme (theme, item_code);

CREATE TABLE catalog_item_version (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    code TEXT NOT NULL,
    number INTEGER NOT NULL,
    state TEXT NOT NULL,
    document TEXT NOT NULL,
    change_log TEXT,
    changes TEXT NOT NULL,
    warnings TEXT NOT NULL,
    published_at TIMESTAMPTZ,
    effective_from DATE,
    effective_to DATE
);
CREATE UNIQUE INDEX catalog_item_version_code_number ON catalog_item_version (code, number);

CREATE TABLE catalog_supervision_standard (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    item_code TEXT NOT NULL,
    number INTEGER NOT NULL,
    org TEXT NOT NULL,
    document TEXT NOT NULL,
    published_at TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX catalog_supervision_standard_item_code_number ON catalog_supervision_standard (item_code, number);

CREATE TABLE catalog_booking_quota (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    item_code TEXT NOT NULL,
    hall TEXT NOT NULL,
    queue_group TEXT NOT NULL,
    valid_from DATE NOT NULL,
    valid_until DATE,
    daily_number INTEGER NOT NULL,
    slots TEXT NOT NULL,
    reported TEXT
);
CREATE INDEX catalog_booking_quota_hall ON catalog_booking_quota (hall);
CREATE UNIQUE INDEX catalog_booking_quota_item_code_hall ON catalog_booking_quota (item_code, hall);

CREATE TABLE catalog_form_file (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    content TEXT NOT NULL
);
CREATE UNIQUE INDEX catalog_form_file_name ON catalog_form_file (name);

-- One version of an item is in force, whoever publishes at the same moment.
CREATE UNIQUE INDEX catalog_item_version_in_force ON catalog_item_version (code) WHERE state = 'published';
