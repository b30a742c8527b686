"""The notifier (短信, 邮政速递, NOT).

Owns: the wordings of all messages, messages and their way to the phone, the inbox of every account with what people
write there and the notices, shipments and their tracks, batches of paper between halls, tasks for windows, prices.
Consumes: the commands notifier.send_sms and notifier.ship, and every event that somebody has to be told (`notices.py`
decides for each type; the names of organisations are kept from catalog).
Emits: notifier.sms.*, notifier.shipment.*.
"""
