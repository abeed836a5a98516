from internal.platform.run import main
from internal.seatview.service import SERVICE

main(SERVICE)
