"""What organisers and buyers do with the catalog: one class for each thing owned, one method a use case.

Every change goes the same way: find the thing, ask for the caller's role in its organisation, ask other services what
is to be known, and only then begin the transaction, which locks the event, lets domain decide, remembers, and tells.
No transaction waits for another service.
"""

from internal.catalog.handlers.categories import Categories
from internal.catalog.handlers.events import Events
from internal.catalog.handlers.showtimes import Showtimes
from internal.catalog.handlers.simple import Simple
from internal.catalog.handlers.tiers import Tiers

__all__ = ["Categories", "Events", "Showtimes", "Simple", "Tiers"]
