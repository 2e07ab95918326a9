"""The one table: a port that services speak, the unit of work that makes every write conditional, and the DynamoDB adapter.

Access patterns, each proven by a test in ``tests/runtime/table/test_access_patterns*.py``:

===  ============================================  ================================================================  ==========
 #   who asks for what                             how                                                               reads
===  ============================================  ================================================================  ==========
 1   one invitation and its tenant                 batch get ``TENANT#t|INVITATION#i``, ``TENANT#t|TENANT``          1
 2   a tenant's invitations, newest first          query ``TENANT#t``, SK begins ``INVITATION#``, descending         1 a page
 3   a tenant's invitations of one status          query GSI2 ``TENANT#t#INVITATION#state``, descending              1 a page
 4   whether an address is invited or a member     batch get ``TENANT#t|INVITEE#e``, ``TENANT#t|MEMBER#e``           1
 5   the invitation a token opens                  get ``TOKEN#sha256|TOKEN``                                        1
 6   the invitations of an address, all tenants    query GSI1 ``EMAIL#e``                                            1 a page
 7   a user's tenants and roles                    query ``USER#sub``, SK begins ``MEMBERSHIP#``                     1
 8   the tenants a caller may enter                batch get ``TENANT#t|TENANT``                                     1
 9   all tenants (STAFF)                           query GSI2 ``TENANTS``                                            1 a page
10   the answer first given to an idempotency key  get ``IDEMPOTENCY#scope|IDEMPOTENCY``, with the first read        0
11   outbox entries nobody has dispatched          query ``OUTBOX#shard``, SK below the age                          1 a shard
12   creates of a tenant in this minute            conditional add on ``TENANT#t|RATE#INVITATION#minute``            0
13   one site and its tenant                       batch get ``TENANT#t|SITE#s``, ``TENANT#t|TENANT``                1
14   a tenant's sites, newest first                query ``TENANT#t``, SK begins ``SITE#``, descending               1 a page
15   a tenant's sites of one environment           query GSI1 ``TENANT#t#SITES#env``, descending                     1 a page
16   the sites of one environment and status       query GSI2 ``TENANT#t#SITES#env#status``, descending              1 a page
17   a tenant's sites of one status                as 16, in each of the three environments                          3 a page
18   whether a subdomain is taken, a quota full    batch get ``SUBDOMAIN#env#n|SUBDOMAIN``, ``TENANT#t|QUOTA#env``   1
19   sites whose data is to go                     query GSI1 ``SITE#PURGE``, SK up to now                           1
20   one operation                                 get ``OPERATION#o|OPERATION``                                     1
21   a tenant's operations by any filters          query GSI1 or GSI2 ``TENANT#t#OPERATIONS#filters``, batch get 20  2 a page
22   whether failed operations can be retried      batch get 13 of each                                              1 a page
23   operations nobody has looked after in time    query GSI1 ``OPERATION#DUE#shard``, SK up to now                  1 a shard
24   unfinished operations of a tenant             conditional add on ``TENANT#t|UNFINISHED``                        0
25   a plugin and what the directory said of it    batch get ``PLUGIN#slug|PLUGIN``, ``PLUGIN#slug|DIRECTORY``       1
26   a site, by its id alone, and its tenant       get ``SITE#s|SITE``, batch get as 13                              2
27   the same, and a plugin to change on it        as 26, and ``PLUGIN#slug|PLUGIN``                                 2
28   what the catalogue says of a site's plugins   batch get ``PLUGIN#slug|PLUGIN`` of each                          1 a page
29   the whole catalogue (operators)               query GSI2 ``PLUGINS``                                            1 a page
30   one site with its tenant and its health       batch get as 13, and ``TENANT#t|HEALTH#s``                        1
31   a site's status                               as 30; get ``OPERATION#o|OPERATION`` if one is at work on it      2
32   which plugins the catalogue warns of          batch get ``PLUGIN#slug|PLUGIN``                                  1
33   sites of PROD that are to be looked at        query GSI1 ``HEALTH#DUE#shard``, SK up to now                     1 a shard
===  ============================================  ================================================================  ==========

PENDING and EXPIRED are the clock's, so both lie in one GSI2 partition, ``OPEN``, whose sort key begins with ``expiresAt``: the
moment of asking divides it, and neither a filter nor a job is needed. The settled ones sort by id, which is by time.

An operation has a place in the list of every combination of filters (see runtime/operations/rows.py), so that no filter is
applied after a read; those lists name operations, whose rows are read consistently by their keys.
"""
