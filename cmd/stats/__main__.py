from internal.platform.run import main
from internal.stats.service import SERVICE

main(SERVICE)
