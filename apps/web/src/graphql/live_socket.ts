import { createClient, type Client } from 'graphql-ws'
import type { useConnectionStore } from '@/connection/connection_store'
import type { useSessionStore } from '@/session/session_store'

const PING_EVERY_MS = 5_000
const PONG_WITHIN_MS = 4_000
const HANG_UP_AFTER_MS = 60_000
const NORMAL_CLOSURE = 1000
const LONGEST_WAIT_MS = 3_000

/** Grows with the attempts up to a limit; the random part keeps all browsers from coming back at the same moment. */
export const waitBeforeAttempt = (attempt: number, random = Math.random()): number =>
  Math.min(LONGEST_WAIT_MS, 250 * 2 ** attempt) * (0.5 + random / 2)

/** The WebSocket of all live queries. It connects again for ever, and notices a network that died without a word. */
export function createLiveSocket(
  session: ReturnType<typeof useSessionStore>,
  connection: ReturnType<typeof useConnectionStore>,
): Client {
  let pongMissing: ReturnType<typeof setTimeout> | undefined
  const url = `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/v1/graphql`
  const client = createClient({
    url,
    keepAlive: PING_EVERY_MS,
    // Between two screens there is a moment without a subscription, which is no reason to hang up.
    lazyCloseTimeout: HANG_UP_AFTER_MS,
    retryAttempts: Infinity,
    shouldRetry: () => session.isSignedIn,
    retryWait: (attempt) => new Promise((resolve) => setTimeout(resolve, waitBeforeAttempt(attempt))),
    connectionParams: async () => ({ headers: { Authorization: `Bearer ${await session.freshToken()}` } }),
    on: {
      connecting: () => connection.connecting(),
      connected: () => connection.connected(),
      closed: (event) => {
        clearTimeout(pongMissing)
        const isIntended = (event as CloseEvent).code === NORMAL_CLOSURE
        if (session.isSignedIn && !isIntended) connection.lost()
        else connection.ended()
      },
      ping: (received) => {
        if (!received) pongMissing = setTimeout(() => client.terminate(), PONG_WITHIN_MS)
      },
      pong: (received) => {
        if (received) clearTimeout(pongMissing)
      },
    },
  })
  window.addEventListener('offline', () => client.terminate())
  return client
}
