from internal.gateway.service import SERVICE
from internal.platform.run import main

main(SERVICE)
