from internal.checkout.service import SERVICE
from internal.platform.run import main

main(SERVICE)
