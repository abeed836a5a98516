from internal.platform.run import main
from internal.seatmap.service import SERVICE

main(SERVICE)
