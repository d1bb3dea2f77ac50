#!/usr/bin/env python3
"""What is said of events, schedules and asynchronous actions holds with a job queue, too: their tests once more, with Redis.

usage: on_queue_test.py BINARY
"""
import sys

sys.dont_write_bytecode = True
import asynchronous_actions_test  # noqa: E402 (modules, as the cases in them are not meant here)
import events_test  # noqa: E402
import schedules_test  # noqa: E402
from instance import AppTestCase, run_tests  # noqa: E402
from queue_case import OnQueue  # noqa: E402


class EventsOnQueueTest(OnQueue, events_test.EventsTest):
    pass


class SchedulesOnQueueTest(OnQueue, schedules_test.SchedulesTest):
    pass


class ActionsOnQueueTest(OnQueue, asynchronous_actions_test.AsynchronousActionsTest):
    pass


if __name__ == "__main__":
    run_tests(AppTestCase)
