"""Booking and queue (网上预约, 叫号; BOO).

Owns: what can be booked where, bookings, holds and waiting lists, no-shows and contests of them, closures of halls, and
the queues of the halls with their machines.
Consumes: quotas, halls and calendar from the catalog, restrictions, bans and deletions from credit, replies from the
notifier.
Emits: booking.booking.*, booking.noshow.*, booking.ticket.*.
"""
