import { defineStore } from 'pinia'
import { computed, ref } from 'vue'

export type ConnectionState = 'idle' | 'connecting' | 'live' | 'lost'

/** How long "Back online" stays. */
export const RESTORED_MS = 4000

/** What is known about the live connection. It says "live" only while the server has acknowledged this very connection. */
export const useConnectionStore = defineStore('connection', () => {
  const state = ref<ConnectionState>('idle')
  const isRestored = ref(false)
  let timer: ReturnType<typeof setTimeout> | undefined

  function connecting(): void {
    if (state.value !== 'lost') state.value = 'connecting'
  }

  function connected(): void {
    clearTimeout(timer)
    isRestored.value = state.value === 'lost'
    if (isRestored.value) timer = setTimeout(() => (isRestored.value = false), RESTORED_MS)
    state.value = 'live'
  }

  function lost(): void {
    isRestored.value = false
    if (state.value !== 'idle') state.value = 'lost'
  }

  /** The workspace closed it itself. */
  function ended(): void {
    isRestored.value = false
    state.value = 'idle'
  }

  const message = computed(() => {
    switch (state.value) {
      case 'idle':
        return ''
      case 'connecting':
        return 'Connecting …'
      case 'lost':
        return 'Connection lost. What you see may be out of date. Trying again …'
      case 'live':
        return isRestored.value ? 'Back online: everything is up to date again.' : 'Live: changes appear by themselves.'
    }
    return ''
  })

  return { state, isRestored, message, connecting, connected, lost, ended }
})
