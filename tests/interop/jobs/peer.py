#!/usr/bin/env python3
"""BullMQ's Python client, for python.test.mjs.

usage: peer.py SOCKET add QUEUE     one job of each kind it knows, with fixed ids
       peer.py SOCKET work QUEUE    runs jobs until SIGTERM; the result tells who ran it
       peer.py SOCKET hang QUEUE    takes one job, prints its id, and never finishes it
"""
import asyncio
import signal
import sys

from bullmq import Queue, Worker

DATA = {"tour": "Alpine", "seats": 49, "notes": None}


async def add(connection, name):
    queue = Queue(name, {"connection": connection})
    await queue.add("book", DATA, {"jobId": "py-standard", "attempts": 3, "backoff": {"type": "exponential", "delay": 5}})
    await queue.add("remind", DATA, {"jobId": "py-delayed", "delay": 3600000})
    await queue.add("rescue", DATA, {"jobId": "py-prioritized", "priority": 7})
    await queue.close()


async def run(connection, name, handle):
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    worker = Worker(name, handle, {"connection": connection, "lockDuration": 1000, "stalledInterval": 300})
    await stop.wait()
    await worker.close()


async def work(connection, name):
    async def handle(job, _token):
        return {"by": "python", "data": job.data}

    print("working", flush=True)
    await run(connection, name, handle)


async def hang(connection, name):
    async def handle(job, _token):
        print(job.id, flush=True)
        await asyncio.Event().wait()

    await run(connection, name, handle)


def main():
    if len(sys.argv) != 4 or sys.argv[2] not in ("add", "work", "hang"):
        sys.exit(__doc__)
    socket, verb, queue = sys.argv[1:]
    asyncio.run({"add": add, "work": work, "hang": hang}[verb](f"unix://{socket}", queue))


if __name__ == "__main__":
    main()
