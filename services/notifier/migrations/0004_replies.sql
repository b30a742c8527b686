-- Answers by SMS.

CREATE TABLE notifier_sms_reply (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    carrier TEXT NOT NULL,
    number TEXT NOT NULL,
    mobile TEXT,
    mobile_masked TEXT,
    text TEXT,
    reply TEXT NOT NULL,
    message TEXT,
    at TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX notifier_sms_reply_carrier_number ON notifier_sms_reply (carrier, number);
CREATE INDEX notifier_sms_reply_message_created_at ON notifier_sms_reply (message, created_at);
