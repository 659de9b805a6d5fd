"""The way back: what the mail world answers after a message was taken, understood from the bytes that came.

A report is stored before it is understood (`app.services.mailroom`). What is here reads bytes and gives findings; it
touches neither the network nor the database, but for `desk`, which works through what is stored.
"""
