ALTER TABLE identity_session ADD COLUMN network TEXT;
ALTER TABLE identity_session ADD COLUMN network_class TEXT;
