/** The sign-in service's answers, as far as the workspace reads them. */
export interface User {
  id: string
  email: string
  displayName: string
  defaultRole: string
  metadata: { tenantId: string; tenantName: string; plan: string }
}

export interface Session {
  accessToken: string
  /** Seconds. */
  accessTokenExpiresIn: number
  refreshToken: string
  user: User
}

/** What the server refused, in words for people. `status` 0: no answer came. */
export class AuthError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message)
  }
}

async function post<Answer>(path: string, body: object): Promise<Answer> {
  let response: Response
  try {
    response = await fetch(`/v1/auth${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  } catch {
    throw new AuthError(0, 'The server cannot be reached. Check the connection and try again.')
  }
  const answer = await response.json().catch(() => null)
  if (!response.ok) {
    const message = answer?.message ?? answer?.error?.message ?? 'The server cannot answer now. Try again in a moment.'
    throw new AuthError(response.status, message)
  }
  return answer as Answer
}

export async function signIn(email: string, password: string): Promise<Session> {
  const answer = await post<{ session: Session }>('/signin/email-password', { email, password })
  return answer.session
}

export const refresh = (refreshToken: string): Promise<Session> => post<Session>('/token', { refreshToken })

export const signOut = (refreshToken: string): Promise<string> => post<string>('/signout', { refreshToken })
