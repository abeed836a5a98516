"""The `aisle` command. One module for each of its commands, and beside them what `up` is made of:

supervisor   the story of one installation, from the lock on its folder to the last process stopped
folder       the data folder: whose it is, its lock, its secret, what an earlier run left in it
settings     what the operator chooses: by option, else by variable, else the default
ports        the sockets that the workers inherit
given        servers that the operator names by URL, tried before anything starts
databases    a role and a database for each service, brought up to date
workers      the processes that serve; keeping, what brings back one that died
play         whether the virtual point of sale takes the payments
demo         people, houses and events for a new installation, made through its own front door
dlq          what could not be handled, and handing it in again
rush         buyers at the front door, all after the same seats
check        what must always hold, held against everything that was written down
sagas        what the orchestrator is about: see it, try it at once, give it up
refunds      what no bank gives back, and settling it by hand
stats        the statistics counted anew
reconcile    every service compares its truths once
reaching     the servers of an installation that runs, for the commands that look into it
display      what the operator sees
trouble      what can go wrong in a way the operator can understand: one line and an exit code
"""
