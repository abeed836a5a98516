from internal.platform.run import main
from internal.pos.service import SERVICE

main(SERVICE)
