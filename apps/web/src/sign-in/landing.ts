import type { useSessionStore } from '@/session/session_store'

/**
 * What the address of a mailed link says after the server has looked at its ticket: a refresh token, a ticket to go on
 * with, or an error. Gives the page to show instead, without any of it; nothing when the address is an ordinary one.
 * Tickets go into the fragment, which no server and no log sees.
 */
export async function land(address: URL, session: ReturnType<typeof useSessionStore>): Promise<string> {
  const query = address.searchParams
  const refreshToken = query.get('refreshToken')
  const ticket = query.get('ticket')
  if (query.has('error')) {
    await session.restore()
    // Who wanted to tie an account to their own is still signed in.
    const page = session.isSignedIn ? '/account' : '/sign-in'
    return `${page}?problem=${encodeURIComponent(query.get('error') ?? '')}`
  }
  if (ticket)
    return `${ticket.startsWith('passwordReset:') ? '/new-password' : '/sign-in'}#${encodeURIComponent(ticket)}`
  if (!refreshToken) return ''
  if (!(await session.enter(refreshToken))) return '/sign-in?problem=invalid-ticket'
  return query.get('type') === 'passwordReset' ? '/new-password' : '/departures'
}
