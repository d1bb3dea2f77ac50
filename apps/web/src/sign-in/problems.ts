import type { Problem } from '@/graphql/errors'

const LINK: Problem = { message: 'This link is no longer valid.', hint: 'Each works once, and only for a while.' }

/** Only words of our own: what an address says may come from anybody. */
const PROBLEMS: Record<string, Problem> = {
  'invalid-ticket': LINK,
  'invalid-state': { message: 'This sign-in began elsewhere or too long ago.', hint: 'Begin again in this browser.' },
  'oauth-provider-error': { message: 'The other service did not sign you in.', hint: 'Try again, or another way.' },
  'signup-disabled': { message: 'There is no account for you here yet.', hint: 'Ask a manager for an invitation.' },
  conflict: { message: 'This account belongs to another user.', hint: '' },
  'disabled-user': { message: 'Your account is disabled.', hint: 'Ask a manager.' },
}

/** The problem that a browser came back with; nothing when there is none. */
export function problemOf(id: unknown): Problem | null {
  if (typeof id !== 'string' || !id) return null
  return PROBLEMS[id] ?? { message: 'Signing in did not work.', hint: 'Try again in a moment.' }
}
