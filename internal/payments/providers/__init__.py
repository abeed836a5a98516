"""The ways to be paid. `interface` says what each must do, `calling` is how each speaks to its server, `registry` which
of them this installation has; beside them one file or folder for each provider.
"""
