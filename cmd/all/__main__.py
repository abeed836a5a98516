"""Every service in one process: the laptop's box office. Apart, each has a folder beside this one."""

from internal.auth.service import SERVICE as AUTH
from internal.bookings.service import SERVICE as BOOKINGS
from internal.broadcaster.service import SERVICE as BROADCASTER
from internal.catalog.service import SERVICE as CATALOG
from internal.checkout.service import SERVICE as CHECKOUT
from internal.directory.service import SERVICE as DIRECTORY
from internal.gateway.service import SERVICE as GATEWAY
from internal.inventory.service import SERVICE as INVENTORY
from internal.ledger.service import SERVICE as LEDGER
from internal.orders.service import SERVICE as ORDERS
from internal.payments.service import SERVICE as PAYMENTS
from internal.platform.run import main
from internal.pos.service import SERVICE as POS
from internal.seatmap.service import SERVICE as SEATMAP
from internal.seatview.service import SERVICE as SEATVIEW
from internal.stats.service import SERVICE as STATS

main(
    AUTH,
    DIRECTORY,
    CATALOG,
    SEATMAP,
    INVENTORY,
    SEATVIEW,
    CHECKOUT,
    ORDERS,
    PAYMENTS,
    POS,
    BOOKINGS,
    LEDGER,
    STATS,
    BROADCASTER,
    GATEWAY,
)
