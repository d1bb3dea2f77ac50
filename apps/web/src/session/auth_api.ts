/** The sign-in service's answers, as far as the workspace reads them. */
export interface User {
  id: string
  email: string
  displayName: string
  avatarUrl: string
  defaultRole: string
  activeMfaType: 'totp' | null
  /** Of the operator; absent for who belongs to none. */
  metadata: { tenantId?: string; tenantName?: string; plan?: string }
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
  /** `id`: what the server calls it. */
  constructor(
    readonly status: number,
    message: string,
    readonly id = '',
  ) {
    super(message)
  }
}

/** Where one is signed in. */
export interface OpenSession {
  id: string
  userAgent: string
  remoteAddress: string
  lastUsedAt: string
  isPersonalAccessToken: boolean
  isCurrent: boolean
}

export interface Member {
  id: string
  email: string
  displayName: string
  role: string
  hasSignedIn: boolean
}

/** What this installation offers to sign in with. */
export interface Methods {
  methods: string[]
  providers: { id: string; name: string }[]
}

export interface SecurityKey {
  id: string
  nickname: string
  createdAt: string
}

export interface LinkedAccount {
  provider: string
  email: string
}

/** A session, or the ticket that goes with the second factor. */
export type SignInAnswer = { session: Session; mfa: null } | { session: null; mfa: { ticket: string } }

async function call<Answer>(method: string, path: string, body?: object, accessToken = ''): Promise<Answer> {
  const headers: Record<string, string> = {}
  if (body) headers['content-type'] = 'application/json'
  if (accessToken) headers.authorization = `Bearer ${accessToken}`
  let response: Response
  try {
    response = await fetch(`/v1/auth${path}`, { method, headers, body: body && JSON.stringify(body) })
  } catch {
    throw new AuthError(0, 'The server cannot be reached. Check the connection and try again.')
  }
  const answer = await response.json().catch(() => null)
  if (!response.ok) {
    const message = answer?.message ?? answer?.error?.message ?? 'The server cannot answer now. Try again in a moment.'
    throw new AuthError(response.status, message, typeof answer?.error === 'string' ? answer.error : '')
  }
  return answer as Answer
}

const post = <Answer>(path: string, body: object, accessToken = ''): Promise<Answer> =>
  call<Answer>('POST', path, body, accessToken)

export const signIn = (email: string, password: string): Promise<SignInAnswer> =>
  post('/signin/email-password', { email, password })

export const methods = (): Promise<Methods> => call('GET', '/methods')

/** Where the browser goes to sign in with an account elsewhere; `connect`: to tie it to one's own instead. */
export function providerAddress(provider: string, redirectTo: string, connect = ''): string {
  const query = new URLSearchParams(connect ? { redirectTo, connect } : { redirectTo })
  return `/v1/auth/signin/provider/${provider}?${query}`
}

/** An address of our own file service, or https://…; empty: none. */
export const setAvatar = (avatarUrl: string, accessToken: string): Promise<string> =>
  post('/user/profile', { avatarUrl }, accessToken)

export const sendLink = (email: string): Promise<string> => post('/signin/passwordless/email', { email })

export const sendCode = (email: string): Promise<string> => post('/signin/otp/email', { email })

export const signInWithMailedCode = (email: string, otp: string): Promise<SignInAnswer> =>
  post('/signin/otp/email/verify', { email, otp })

export const sendSms = (phoneNumber: string): Promise<string> => post('/signin/passwordless/sms', { phoneNumber })

export const signInWithSms = (phoneNumber: string, otp: string): Promise<SignInAnswer> =>
  post('/signin/passwordless/sms/otp', { phoneNumber, otp })

export const askForKey = (): Promise<PublicKeyCredentialRequestOptionsJSON> => post('/signin/webauthn', {})

export const signInWithKey = (credential: object): Promise<SignInAnswer> =>
  post('/signin/webauthn/verify', { credential })

export const askForElevation = (accessToken: string): Promise<PublicKeyCredentialRequestOptionsJSON> =>
  post('/elevate/webauthn', {}, accessToken)

export const elevate = async (credential: object, accessToken: string): Promise<Session> =>
  (await post<{ session: Session }>('/elevate/webauthn/verify', { credential }, accessToken)).session

export const askForNewKey = (accessToken: string): Promise<PublicKeyCredentialCreationOptionsJSON> =>
  post('/user/webauthn/add', {}, accessToken)

export const addKey = (credential: object, nickname: string, accessToken: string): Promise<SecurityKey> =>
  post('/user/webauthn/verify', { credential, nickname }, accessToken)

export const securityKeys = (accessToken: string): Promise<SecurityKey[]> =>
  call('GET', '/user/webauthn', undefined, accessToken)

export const removeKey = (id: string, accessToken: string): Promise<string> =>
  call('DELETE', `/user/webauthn/${id}`, undefined, accessToken)

export const linkedAccounts = (accessToken: string): Promise<LinkedAccount[]> =>
  call('GET', '/user/providers', undefined, accessToken)

export const unlinkAccount = (provider: string, accessToken: string): Promise<string> =>
  call('DELETE', `/user/providers/${provider}`, undefined, accessToken)

export const signInWithCode = async (ticket: string, otp: string): Promise<Session> =>
  (await post<{ session: Session }>('/signin/mfa/totp', { ticket, otp })).session

export const refresh = (refreshToken: string): Promise<Session> => post<Session>('/token', { refreshToken })

export const signOut = (refreshToken: string): Promise<string> => post<string>('/signout', { refreshToken })

/** The link leads to the workspace, wherever the server knows it to be. */
export const sendPasswordReset = (email: string): Promise<string> => post('/user/password/reset', { email })

/** With the ticket of a mailed link, or for who is signed in. */
export const changePassword = (newPassword: string, ticket: string, accessToken: string): Promise<string> =>
  ticket ? post('/user/password', { newPassword, ticket }) : post('/user/password', { newPassword }, accessToken)

export const sessions = (accessToken: string): Promise<OpenSession[]> =>
  call('GET', '/user/sessions', undefined, accessToken)

export const endSession = (id: string, accessToken: string): Promise<string> =>
  call('DELETE', `/user/sessions/${id}`, undefined, accessToken)

export const generateTotp = (accessToken: string): Promise<{ imageUrl: string; totpSecret: string }> =>
  call('GET', '/mfa/totp/generate', undefined, accessToken)

export const activateTotp = async (code: string, accessToken: string): Promise<string[]> =>
  (await post<{ recoveryCodes: string[] }>('/user/mfa/totp/activate', { code }, accessToken)).recoveryCodes

export const deactivateTotp = (code: string, accessToken: string): Promise<string> =>
  post('/user/mfa', { code, activeMfaType: '' }, accessToken)

export const members = (accessToken: string): Promise<Member[]> => call('GET', '/members', undefined, accessToken)

export const inviteMember = (
  invitation: { email: string; displayName: string; role: string },
  accessToken: string,
): Promise<string> => post('/members', invitation, accessToken)

export const removeMember = (id: string, accessToken: string): Promise<string> =>
  call('DELETE', `/members/${id}`, undefined, accessToken)
