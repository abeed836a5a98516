"""The public face: the web pages, the documents that developers read, and all that a first look at a showtime needs.

Owns nothing but the answers that it gave to operators' acts, for a day. Asks catalog, seatmap and seatview on the bus,
and keeps what cannot change; for operators it asks each service what the command line asks, and tells
`gateway.operator.acted` before it does anything for them.

    GET /, /events/…, /orders/…, /organiser/…, /door/…, /operator/…   the pages: one html file for each kind of person
    GET /assets/<version>/…             what the pages are made of; without the version it is revalidated
    GET /docs, /docs/events             the OpenAPI and the AsyncAPI document, to read and to try
    GET /docs/openapi.json, /docs/asyncapi.json   the documents of all services, wherever they run
    GET /api/programme                  what is on, by text, city, date and category
    GET /api/events/{id}/page           an event with its times, places and prices
    GET /api/showtimes/{id}/page        event, showtime, prices, layout and seats in one answer
    GET /api/time, /api/paying          the clock that holds end by; who takes the money where nobody is named
    /api/operator/…                     for administrators: who is there or missed, lag, dead letters, sagas, owed
                                        refunds, truths

What must hold: a file is found by its name in a dictionary, never by a path on the disk; a page runs no script and
loads nothing that is not ours (`domain.CONTENT_SECURITY`); an asset's address names its bytes, so that it may be kept.

The pages have no build step: `web/` is served as it is, but for the version in their links and the list of the modules
that each will load. A module imports others by relative paths (`./`, `../`), so that all are of one version.
"""
