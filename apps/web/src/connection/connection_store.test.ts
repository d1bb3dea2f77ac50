import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { RESTORED_MS, useConnectionStore } from './connection_store'

describe('the connection', () => {
  beforeEach(() => {
    setActivePinia(createPinia())
    vi.useFakeTimers()
  })
  afterEach(() => vi.useRealTimers())

  it('is live only once the server has acknowledged it', () => {
    const store = useConnectionStore()
    expect(store.message).toBe('')
    store.connecting()
    expect(store.state).toBe('connecting')
    store.connected()
    expect(store.message).toContain('Live')
    expect(store.isRestored).toBe(false)
  })

  it('stays lost through all attempts to connect again', () => {
    const store = useConnectionStore()
    store.connecting()
    store.connected()
    store.lost()
    store.connecting()
    expect(store.state).toBe('lost')
    expect(store.message).toContain('out of date')
  })

  it('says for a while that it is back', () => {
    const store = useConnectionStore()
    store.connecting()
    store.connected()
    store.lost()
    store.connected()
    expect(store.message).toContain('Back online')
    vi.advanceTimersByTime(RESTORED_MS)
    expect(store.message).toContain('Live')
  })

  it('does not count an intended end as a loss', () => {
    const store = useConnectionStore()
    store.connecting()
    store.connected()
    store.ended()
    store.lost()
    expect(store.state).toBe('idle')
  })
})
