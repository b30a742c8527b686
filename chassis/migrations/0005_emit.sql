-- PostgreSQL: an event takes its subject's next number and its place in the outbox in one call. As a function it is planned
-- once for each connection.
{{postgresql}} CREATE FUNCTION chassis_emit(
    about TEXT, event TEXT, kind TEXT, towards TEXT, trace TEXT, stamp TIMESTAMPTZ, head TEXT, tail TEXT
) RETURNS VOID LANGUAGE plpgsql AS '
DECLARE
    number BIGINT;
BEGIN
    INSERT INTO chassis_sequence (subject, last) VALUES (about, 1)
    ON CONFLICT (subject) DO UPDATE SET last = chassis_sequence.last + 1 RETURNING last INTO number;
    INSERT INTO chassis_outbox
        (event_id, type, subject, sequence, exchange, routing_key, body, traceparent, created_at)
    VALUES (event, kind, about, number, towards, kind, head || number || tail, trace, stamp);
END
';
