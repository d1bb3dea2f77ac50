import type { CombinedError } from '@urql/core'

/** An error as the screens show it: what went wrong, and what to do about it. */
export interface Problem {
  message: string
  hint: string
}

export function isAuthError(error: CombinedError | undefined): boolean {
  return (
    error?.graphQLErrors.some((each) => ['invalid-jwt', 'invalid-headers'].includes(String(each.extensions.code))) ??
    false
  )
}

export function toProblem(error: CombinedError): Problem {
  const first = error.graphQLErrors[0]
  if (!first)
    return {
      message: 'The server cannot be reached.',
      hint: 'Nothing was changed. Try again when the connection is back.',
    }
  return { message: first.message, hint: String(first.extensions.hint ?? '') }
}
