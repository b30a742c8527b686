ALTER TABLE supervision_order ADD COLUMN sequence INTEGER NOT NULL DEFAULT 0;
ALTER TABLE supervision_watched_voice ADD COLUMN answered_sequence INTEGER NOT NULL DEFAULT 0;
