"""The transactional outbox: effects on the outside world, committed as rows and carried out apart from the request.

A handler only commits. The row of an effect commits with the change that wants it; the dispatcher on the table's stream
carries it out at once, and the sweeper carries out, once a minute, whatever the dispatcher missed. A row is leased while it is
worked on and deleted when it is done, so that an effect is never lost, and doubled only by a crash between doing and noting.
"""
