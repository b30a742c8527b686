-- The legal clock: replica of the working calendar (TIM-02, TIM-07) and durable due work (TIM-03 to TIM-10).

CREATE TABLE chassis_calendar_year (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    year INTEGER NOT NULL,
    status TEXT NOT NULL,
    document TEXT NOT NULL
);
CREATE UNIQUE INDEX chassis_calendar_year_year ON chassis_calendar_year (year);

CREATE TABLE chassis_calendar_day (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    year INTEGER NOT NULL,
    day DATE NOT NULL,
    is_workday BOOLEAN NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL
);
CREATE UNIQUE INDEX chassis_calendar_day_year_day ON chassis_calendar_day (year, day);

CREATE TABLE chassis_calendar_revision (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    stamp TEXT NOT NULL
);

CREATE TABLE chassis_deadline (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    due_at TIMESTAMPTZ NOT NULL,
    due_date DATE NOT NULL,
    anchor DATE,
    n INTEGER,
    unit TEXT NOT NULL,
    rule TEXT,
    side TEXT NOT NULL,
    ledger TEXT NOT NULL,
    provisional BOOLEAN NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    retry_at TIMESTAMPTZ,
    error TEXT,
    payload TEXT NOT NULL,
    fired_at TIMESTAMPTZ
);
-- At most one running deadline of a kind per subject, whoever sets it at the same moment.
CREATE UNIQUE INDEX chassis_deadline_running ON chassis_deadline (kind, subject) WHERE state IN ('open', 'paused');
CREATE INDEX chassis_deadline_waiting ON chassis_deadline (state, due_at, id);
CREATE INDEX chassis_deadline_subject ON chassis_deadline (subject);
