import { describe, expect, it } from 'vitest'
import { waitBeforeAttempt } from './live_socket'

describe('the wait before connecting again', () => {
  it('grows', () => {
    expect(waitBeforeAttempt(2, 0.5)).toBeGreaterThan(waitBeforeAttempt(1, 0.5))
  })
  it('has a limit, so that a long outage is noticed to be over', () => {
    expect(waitBeforeAttempt(50, 1)).toBeLessThanOrEqual(3000)
  })
  it('differs between browsers', () => {
    expect(waitBeforeAttempt(3, 0)).not.toBe(waitBeforeAttempt(3, 1))
  })
})
