import { Client, fetchExchange, mapExchange, subscriptionExchange } from '@urql/core'
import { authExchange } from '@urql/exchange-auth'
import type { Client as LiveSocket } from 'graphql-ws'
import type { useSessionStore } from '@/session/session_store'
import { isAuthError } from './errors'

/** Queries and mutations over HTTP, subscriptions over the live socket; each with a token that is still good. */
export function createGraphqlClient(session: ReturnType<typeof useSessionStore>, socket: LiveSocket): Client {
  return new Client({
    url: '/v1/graphql',
    preferGetMethod: false,
    requestPolicy: 'network-only',
    exchanges: [
      mapExchange({
        onResult: (result) => {
          if (isAuthError(result.error) && !session.isFresh()) void session.refresh()
        },
      }),
      authExchange(async (utilities) => ({
        addAuthToOperation: (operation) =>
          session.accessToken
            ? utilities.appendHeaders(operation, { Authorization: `Bearer ${session.accessToken}` })
            : operation,
        willAuthError: () => !session.isFresh(),
        didAuthError: (error) => isAuthError(error),
        refreshAuth: async () => {
          await session.refresh()
        },
      })),
      subscriptionExchange({
        forwardSubscription: (request) => ({
          subscribe: (sink) => ({
            unsubscribe: socket.subscribe({ query: request.query ?? '', variables: request.variables }, sink),
          }),
        }),
      }),
      fetchExchange,
    ],
  })
}
