from internal.broadcaster.service import SERVICE
from internal.platform.run import main

main(SERVICE)
