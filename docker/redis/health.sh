#!/bin/bash
# The password goes by the environment of this process alone.
answer=$(REDISCLI_AUTH=$(</run/secrets/redis_password) timeout 2 redis-cli PING 2>&1)
[[ $answer == PONG ]] || { echo "Redis answers: $answer"; exit 1; }
