"""The steps: learn of showtimes, count, tell, show, and count anew."""

from internal.stats.handlers.counting import Counting
from internal.stats.handlers.rebuilding import Rebuilding
from internal.stats.handlers.showtimes import Showtimes
from internal.stats.handlers.telling import Telling
from internal.stats.handlers.views import Views

__all__ = ["Counting", "Rebuilding", "Showtimes", "Telling", "Views"]
