"""The local product: a private PostgreSQL and Redis, busflow serve and work, and Nginx in front, as one command.

command_line  what the user may ask for
supervisor    the order of starting, watching and stopping
process       one child process: its log, its pid file, how it is stopped
signals       signals as values instead of interruptions
layout        where every file of the state directory is
postgres, redis, product, nginx: how each part is prepared and started
"""
