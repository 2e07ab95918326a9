"""The one table: a port that services speak, the unit of work that makes every write conditional, and the DynamoDB adapter.

Access patterns, each proven by a test in ``tests/runtime/table/test_access_patterns.py``:

===  =============================================  ==========================================================  ==========
 #   who asks for what                              how                                                         reads
===  =============================================  ==========================================================  ==========
 1   one invitation and its tenant                  batch get ``TENANT#t|INVITATION#i``, ``TENANT#t|TENANT``    1
 2   a tenant's invitations, newest first           query ``TENANT#t``, SK begins ``INVITATION#``, descending   1 a page
 3   a tenant's invitations of one status           query GSI2 ``TENANT#t#INVITATION#state``, descending        1 a page
 4   whether an address is invited or a member      batch get ``TENANT#t|INVITEE#e``, ``TENANT#t|MEMBER#e``     1
 5   the invitation a token opens                   get ``TOKEN#sha256|TOKEN``                                  1
 6   the invitations of an address, all tenants     query GSI1 ``EMAIL#e``                                      1 a page
 7   a user's tenants and roles                     query ``USER#sub``, SK begins ``MEMBERSHIP#``               1
 8   the tenants a caller may enter                 batch get ``TENANT#t|TENANT``                               1
 9   all tenants (STAFF)                            query GSI2 ``TENANTS``                                      1 a page
10   the answer first given to an idempotency key   get ``IDEMPOTENCY#scope|IDEMPOTENCY``, with 1, 4 or 5       0
11   outbox entries nobody has dispatched           query ``OUTBOX#shard``, SK below the age                    1 a shard
12   creates of a tenant in this minute             conditional add on ``TENANT#t|RATE#INVITATION#minute``      0
===  =============================================  ==========================================================  ==========

PENDING and EXPIRED are the clock's, so both lie in one GSI2 partition, ``OPEN``, whose sort key begins with ``expiresAt``: the
moment of asking divides it, and neither a filter nor a job is needed. The settled ones sort by id, which is by time.
"""
