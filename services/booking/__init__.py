"""Booking and queue (网上预约, 叫号; BOO).

Owns: what can be booked where, bookings, no-shows, and the waiting queues of the halls.
Consumes: quotas and halls from the catalog, restrictions and bans from credit.
Emits: booking.booking.*, booking.noshow.*, booking.ticket.*.
"""
