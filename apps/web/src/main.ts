import urql from '@urql/vue'
import { createPinia } from 'pinia'
import PrimeVue from 'primevue/config'
import { createApp } from 'vue'
import App from './App.vue'
import { useConnectionStore } from './connection/connection_store'
import { createGraphqlClient } from './graphql/client'
import { createLiveSocket } from './graphql/live_socket'
import { createWorkspaceRouter } from './router'
import { REFRESH_TOKEN_KEY, useSessionStore } from './session/session_store'
import { land } from './sign-in/landing'
import './style.css'
import { theme } from './theme'

const pinia = createPinia()
const session = useSessionStore(pinia)
const socket = createLiveSocket(session, useConnectionStore(pinia))

// Signed out in another window: here too.
window.addEventListener('storage', (event) => {
  if (event.key === REFRESH_TOKEN_KEY && event.newValue === null) session.forget()
})

// Whoever comes by a mailed link brings what it is worth in the address, which then forgets it.
const next = await land(new URL(location.href), session)
if (next) history.replaceState(null, '', next)
else await session.restore()
createApp(App)
  .use(pinia)
  .use(PrimeVue, { theme })
  .use(urql, createGraphqlClient(session, socket))
  .use(createWorkspaceRouter(session))
  .mount('#app')
