import { CombinedError } from '@urql/core'
import { describe, expect, it } from 'vitest'
import { isAuthError, toProblem } from './errors'

const withCode = (code: string, hint?: string) =>
  new CombinedError({ graphQLErrors: [{ message: 'no', extensions: { code, hint } }] })

describe('errors', () => {
  it('tells a bad token from other errors', () => {
    expect(isAuthError(withCode('invalid-jwt'))).toBe(true)
    expect(isAuthError(withCode('validation-failed'))).toBe(false)
    expect(isAuthError(undefined)).toBe(false)
  })
  it('shows message and hint', () => {
    expect(toProblem(withCode('conflict', 'Reload.'))).toEqual({ message: 'no', hint: 'Reload.' })
    expect(toProblem(withCode('conflict')).hint).toBe('')
  })
  it('says so when nothing came back', () => {
    expect(toProblem(new CombinedError({ networkError: new Error('x') })).message).toContain('cannot be reached')
  })
})
