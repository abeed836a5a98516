"""Work of several services that must come to one end: steps in their order, and the way back.

    declared   what a saga is: named steps, what undoes them, which one is the pivot; what a step may answer
    domain     what comes next: pure, from where the saga stands, what a step answered, and the moment
    walking    one saga's way: note it, call it, note what came of it
    store      where each saga stands: two tables in the owning service's database
    hearing    words that need not go through the database: to who walks a saga, and to who waits for it
    runner     who walks them: leases, wake-ups, and the polling under both

A saga's life:

                        done                            done
    running: step 1 ------------> ... pivot ... ------------> completed
                |                   |
                | failed, or too late; after the pivot: can never succeed
                v                   v
    undoing: undo of that step, then of each before it ------> failed
                        (each is tried until it succeeds)      or abandoned, by a person

What holds:
    1. Where a saga stands is committed before a step is called, and after. Whoever takes up a dead runner's saga
       calls the same step again, so a step is a command that may come twice, late, and after its opposite.
    2. A saga is leased by one runner at a time. One that lost its lease can note nothing any more.
    3. The step that failed is undone too: that it failed may mean that its answer was lost.
    4. Deadlines and next tries are rows. At its deadline a step is called once more before the saga turns back.
    5. A word that comes while a step is being called (`wake`) is not lost: the saga looks again at once.
    6. What has ended stays for `AISLE_SAGA_KEPT_DAYS`; then it is forgotten, with its steps.
    7. After many tries a saga is `stuck`: shown to people, counted, and tried on all the same.
"""

from internal.platform.saga.declared import Answer, Done, Failed, Plan, Retry, RetryLater, Step, Turn, Wait
from internal.platform.saga.domain import NotRunning, Reason, Saga, Status, abandoned, hurried
from internal.platform.saga.runner import Runner, SagaSettings
from internal.platform.saga.store import change, find, page, wake

__all__ = [
    "Answer",
    "Done",
    "Failed",
    "NotRunning",
    "Plan",
    "Reason",
    "Retry",
    "RetryLater",
    "Runner",
    "Saga",
    "SagaSettings",
    "Status",
    "Step",
    "Turn",
    "Wait",
    "abandoned",
    "change",
    "find",
    "hurried",
    "page",
    "wake",
]
