// Bull Board on every queue that is in Redis; a queue that appears later is found when the page asks next.
import { createBullBoard } from '@bull-board/api'
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter'
import { ExpressAdapter } from '@bull-board/express'
import { Queue } from 'bullmq'

const BETWEEN_LOOKS = 5000

export class Board {
  #redis
  #prefix
  #queues = new Map()
  #board
  #lookedAt = 0

  constructor(redis, prefix, path) {
    this.#redis = redis
    this.#prefix = prefix
    const server = new ExpressAdapter()
    server.setBasePath(path)
    this.#board = createBullBoard({
      queues: [],
      serverAdapter: server,
      options: { uiConfig: { boardTitle: 'Busflow', pollingInterval: { showSetting: true } } },
    })
    this.router = server.getRouter()
  }

  /** Adds the queues that are new and takes those off that are gone. */
  async look(now = Date.now()) {
    if (now - this.#lookedAt < BETWEEN_LOOKS) return
    this.#lookedAt = now
    const names = new Set(await this.#names())
    for (const name of [...names].sort()) if (!this.#queues.has(name)) this.#add(name)
    for (const name of [...this.#queues.keys()]) if (!names.has(name)) await this.#remove(name)
  }

  async close() {
    for (const queue of this.#queues.values()) await queue.close()
  }

  async #names() {
    const names = []
    for await (const keys of this.#redis.scanStream({ match: `${this.#prefix}:*:meta`, count: 1000, type: 'hash' })) {
      for (const key of keys) names.push(key.slice(this.#prefix.length + 1, -':meta'.length))
    }
    return names.filter((name) => name && !name.includes(':')) // a flow's keys have more parts
  }

  #add(name) {
    // Looking must not write: a queue keeps the version that its producers wrote.
    const queue = new Queue(name, { connection: this.#redis, prefix: this.#prefix, skipMetasUpdate: true })
    queue.on('error', () => {}) // the request that met it says so
    this.#queues.set(name, queue)
    this.#board.addQueue(new BullMQAdapter(queue))
  }

  async #remove(name) {
    this.#board.removeQueue(name)
    await this.#queues.get(name).close()
    this.#queues.delete(name)
  }
}
