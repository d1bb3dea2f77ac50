import { describe, expect, it, vi } from 'vitest'
import { land } from './landing'
import { problemOf } from './problems'

const session = (isWorth = true, isSignedIn = false) => ({
  enter: vi.fn(async () => isWorth),
  restore: vi.fn(),
  isSignedIn,
})
// eslint-disable-next-line @typescript-eslint/no-explicit-any
const landed = (query: string, store: any = session()) => land(new URL(`https://busflow.example/${query}`), store)

describe('a mailed link', () => {
  it('signs in, and leads to the new password where it was asked for', async () => {
    const store = session()
    expect(await landed('?refreshToken=r1&type=emailVerify', store)).toBe('/departures')
    expect(store.enter).toHaveBeenCalledWith('r1')
    expect(await landed('?refreshToken=r1&type=passwordReset')).toBe('/new-password')
  })

  it('is said to be worth nothing when it is', async () => {
    expect(await landed('?refreshToken=r1', session(false))).toBe('/sign-in?problem=invalid-ticket')
    expect(await landed('?error=invalid-ticket')).toBe('/sign-in?problem=invalid-ticket')
  })

  it('says what went wrong elsewhere, where one came from', async () => {
    expect(await landed('?error=conflict', session(true, true))).toBe('/account?problem=conflict')
    expect(await landed('?error=%26next%3D%2F')).toBe('/sign-in?problem=%26next%3D%2F')
    expect(problemOf('conflict')?.message).toContain('another user')
    expect(problemOf('<b>anything</b>')?.message).toBe('Signing in did not work.')
    expect(problemOf(undefined)).toBeNull()
  })

  it('goes on with its ticket, out of the sight of servers', async () => {
    expect(await landed('?ticket=mfaTotp%3A1')).toBe('/sign-in#mfaTotp%3A1')
    expect(await landed('?ticket=passwordReset%3A1&type=passwordReset')).toBe('/new-password#passwordReset%3A1')
  })

  it('leaves other addresses alone', async () => {
    expect(await landed('departures?x=1')).toBe('')
  })
})
