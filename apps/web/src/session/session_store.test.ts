import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { REFRESH_TOKEN_KEY, useSessionStore } from './session_store'

const user = { id: 'u', email: 'a@b.example', displayName: 'A', defaultRole: 'dispatcher', metadata: {} }
const session = (n: number) => ({ accessToken: `access ${n}`, accessTokenExpiresIn: 900, refreshToken: `r${n}`, user })
const reply = (status: number, body: unknown) => new Response(JSON.stringify(body), { status })

describe('the session', () => {
  let requests: Array<{ path: string; body: Record<string, string> }>
  let answers: Array<() => Response | Promise<Response>>

  beforeEach(() => {
    localStorage.clear()
    setActivePinia(createPinia())
    requests = []
    answers = []
    vi.stubGlobal('fetch', async (path: string, options: { body: string }) => {
      requests.push({ path, body: JSON.parse(options.body) })
      const answer = answers.shift()
      if (!answer) throw new TypeError('no network')
      return answer()
    })
    vi.useFakeTimers({ now: 1_000_000, toFake: ['Date'] })
  })
  afterEach(() => {
    vi.useRealTimers()
    vi.unstubAllGlobals()
  })

  it('keeps the refresh token for the next reload and the access token in memory only', async () => {
    answers.push(() => reply(200, { session: session(1), mfa: null }))
    const store = useSessionStore()
    await store.signIn('a@b.example', 'secret')
    expect(store.isSignedIn).toBe(true)
    expect(localStorage.getItem(REFRESH_TOKEN_KEY)).toBe('r1')
    expect(JSON.stringify({ ...localStorage })).not.toContain('access 1')
  })

  it('says what the server says when signing in fails', async () => {
    answers.push(() => reply(401, { status: 401, message: 'Incorrect email or password', error: 'x' }))
    await expect(useSessionStore().signIn('a', 'b')).rejects.toThrow('Incorrect email or password')
    await expect(useSessionStore().signIn('a', 'b')).rejects.toThrow('cannot be reached')
    expect(useSessionStore().isSignedIn).toBe(false)
  })

  it('uses the token while it is fresh and renews it before it ends', async () => {
    answers.push(() => reply(200, { session: session(1) }))
    const store = useSessionStore()
    await store.signIn('a', 'b')
    expect(await store.freshToken()).toBe('access 1')
    expect(requests).toHaveLength(1)
    vi.setSystemTime(1_000_000 + 850_000)
    answers.push(() => reply(200, session(2)))
    expect(await store.freshToken()).toBe('access 2')
    expect(requests[1]).toEqual({ path: '/v1/auth/token', body: { refreshToken: 'r1' } })
    expect(localStorage.getItem(REFRESH_TOKEN_KEY)).toBe('r2')
  })

  it('exchanges the refresh token once however many ask at the same time', async () => {
    localStorage.setItem(REFRESH_TOKEN_KEY, 'r1')
    answers.push(() => reply(200, session(2)))
    const store = useSessionStore()
    expect(await Promise.all([store.freshToken(), store.freshToken(), store.restore()])).toHaveLength(3)
    expect(requests).toHaveLength(1)
  })

  it('takes the token that another window has stored meanwhile', async () => {
    localStorage.setItem(REFRESH_TOKEN_KEY, 'r1')
    vi.stubGlobal('navigator', {
      locks: {
        request: async (_name: string, work: () => Promise<unknown>) => {
          localStorage.setItem(REFRESH_TOKEN_KEY, 'r7')
          return work()
        },
      },
    })
    answers.push(() => reply(200, session(8)))
    await useSessionStore().refresh()
    expect(requests[0]?.body).toEqual({ refreshToken: 'r7' })
  })

  it('ends when the server refuses the refresh token', async () => {
    localStorage.setItem(REFRESH_TOKEN_KEY, 'r1')
    answers.push(() => reply(401, { status: 401, message: 'Invalid or expired refresh token' }))
    const store = useSessionStore()
    await store.restore()
    expect(store.isSignedIn).toBe(false)
    expect(localStorage.getItem(REFRESH_TOKEN_KEY)).toBeNull()
  })

  it('goes on when the server cannot be reached for a while', async () => {
    answers.push(() => reply(200, { session: session(1) }))
    const store = useSessionStore()
    await store.signIn('a', 'b')
    expect(await store.refresh()).toBe(false)
    expect(store.isSignedIn).toBe(true)
    expect(localStorage.getItem(REFRESH_TOKEN_KEY)).toBe('r1')
  })

  it('forgets everything on signing out, and tells the server', async () => {
    answers.push(() => reply(200, { session: session(1) }))
    const store = useSessionStore()
    await store.signIn('a', 'b')
    await store.signOut()
    expect(store.isSignedIn).toBe(false)
    expect(localStorage.getItem(REFRESH_TOKEN_KEY)).toBeNull()
    expect(requests[1]).toEqual({ path: '/v1/auth/signout', body: { refreshToken: 'r1' } })
  })
})
