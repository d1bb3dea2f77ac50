// usage: node main.mjs     Bull Board at /admin/queues, for staff. Settings by environment, see settings.mjs.
import Redis from 'ioredis'
import { Board } from './board.mjs'
import { createServer, PATH } from './server.mjs'
import { readSettings } from './settings.mjs'
import { StaffSessions } from './staff_sessions.mjs'

let settings
try {
  settings = readSettings(process.env)
} catch (problem) {
  console.error(`error: ${problem.message}`)
  process.exit(2)
}

const redis = new Redis(settings.redis)
let isAway = false // an outage is logged once, not once per attempt
redis.on('error', (problem) => {
  if (!isAway) console.error(JSON.stringify({ level: 'warning', message: 'Redis cannot be reached', error: problem.message }))
  isAway = true
})
redis.on('ready', () => (isAway = false))

const board = new Board(redis, settings.prefix, PATH)
const server = createServer({ board, sessions: new StaffSessions(settings.serve) }).listen(settings.port, settings.address)
server.on('listening', () => console.log(JSON.stringify({ level: 'info', message: 'listening', ...server.address() })))
server.on('error', (problem) => {
  console.error(`error: cannot listen on ${settings.address}:${settings.port}: ${problem.message}`)
  process.exit(1)
})

for (const signal of ['SIGTERM', 'SIGINT']) {
  process.once(signal, () => {
    server.close(async () => {
      await board.close()
      redis.disconnect()
    })
    server.closeAllConnections()
  })
}
