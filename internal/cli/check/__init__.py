"""`aisle check`: the sentences of what must always hold, held against everything that was written down.

    kinds      what is looked at: rows of each service's database, the provider's books, Redis, the streams
    facts      all of them together, as of about now
    tables     where they are, and what belongs together; slices: tables read side by side, little at a time
    reading    one look at everything: it changes nothing
    verdict    what a finding is, and what the checks together say
    seats, money, endings, telling, holds     the checks: facts in, findings out, pure
    command    the operator's side: twice looked, waited for, printed

A system that runs is never still, and its databases are read one after another. So a finding that belongs to something
under way (a saga that is live, a refund that is asked for, an event on its way) is `pending`, and what is broken must
be seen in two looks before it is told.
"""
