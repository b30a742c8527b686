-- Search (CAT-02, CAT-03): what ranks an item stands in catalog_search_entry, the tokens by which it is found in
-- catalog_search_tokens: an FTS5 table on SQLite, a tsvector with a GIN index on PostgreSQL. Its rowid is the entry's
-- id. The tokens are made by services/catalog/tokens.py and hold ASCII letters and digits or Chinese, parted by blanks,
-- so the ascii tokenizer only parts them. Items published before this file are indexed by the next seed.

CREATE TABLE catalog_search_entry (
    id {{serial}},
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    item_code TEXT NOT NULL,
    name TEXT NOT NULL,
    length INTEGER NOT NULL,
    region TEXT NOT NULL,
    format INTEGER NOT NULL
);
CREATE UNIQUE INDEX catalog_search_entry_item_code ON catalog_search_entry (item_code);
CREATE INDEX catalog_search_entry_region ON catalog_search_entry (region);

{{sqlite}} CREATE VIRTUAL TABLE catalog_search_tokens USING fts5(tokens, detail=none, columnsize=0, tokenize='ascii');
{{postgresql}} CREATE TABLE catalog_search_tokens (rowid BIGINT PRIMARY KEY, tokens TSVECTOR NOT NULL)
    WITH (toast_tuple_target = 128);
{{postgresql}} CREATE INDEX catalog_search_tokens_tokens ON catalog_search_tokens
    USING gin (tokens) WITH (fastupdate = off);

CREATE TABLE catalog_synonym (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    word TEXT NOT NULL,
    word_group TEXT NOT NULL
);
CREATE INDEX catalog_synonym_word_group ON catalog_synonym (word_group);
CREATE UNIQUE INDEX catalog_synonym_word_word_group ON catalog_synonym (word, word_group);

ALTER TABLE catalog_item DROP COLUMN search_text;
