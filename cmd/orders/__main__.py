from internal.orders.service import SERVICE
from internal.platform.run import main

main(SERVICE)
