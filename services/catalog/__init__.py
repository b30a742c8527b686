"""Catalog (政务服务事项管理): what the hall offers, who answers for it, where it is handled and which days count.

Owns regions, organisations, halls and windows, service items with their versions and the index that finds them,
supervision standards, booking quotas, printable forms, published texts (columns, theme packages, parallel templates,
intermediaries), the favourites of citizens and the official working calendar.
Consumes `identity.staff.granted` and `.revoked` (who leads an organisation) and its own calendar event.
Emits `catalog.item.published`, `.changed`, `.retired`, `catalog.org.changed`, `catalog.booking_quota.changed`,
`catalog.supervision_standard.published` and `catalog.calendar.year.published`.
"""
