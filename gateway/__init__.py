"""The gateway: one entrance for all services (GW-01). It routes, checks the caller's token, limits the rate, gives
every request an id and streams bodies; it holds no business rule (GW-08). It owns no data and consumes no events."""
