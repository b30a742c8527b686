-- Items that citizens keep at hand.

CREATE TABLE catalog_favourite (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    owner TEXT NOT NULL,
    item_code TEXT NOT NULL
);
CREATE UNIQUE INDEX catalog_favourite_owner_item_code ON catalog_favourite (owner, item_code);
