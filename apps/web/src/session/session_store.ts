import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import * as authApi from './auth_api'
import { useKey } from './security_key'

export const REFRESH_TOKEN_KEY = 'busflow.refresh-token'
/** A token that ends sooner than this is renewed before it is used. */
const MARGIN_MS = 60_000

/** What one window stores, the others see a moment later: the browser tells them, but nothing waits for it. */
const STORED_EVERYWHERE_MS = 100

/** One window at a time exchanges the refresh token: it works only once, and a second use would end the session. */
function exclusively(work: () => Promise<boolean>): Promise<boolean> {
  if (!navigator.locks) return work()
  return new Promise((resolve, reject) => {
    const turn = async (): Promise<void> => {
      await work().then(resolve, reject)
      await new Promise((rested) => setTimeout(rested, STORED_EVERYWHERE_MS))
    }
    navigator.locks.request('busflow.refresh', turn).catch(reject)
  })
}

/** Who is signed in. The access token stays in memory; the refresh token outlives a reload. */
export const useSessionStore = defineStore('session', () => {
  const user = shallowRef<authApi.User | null>(null)
  const accessToken = ref('')
  const expiresAt = ref(0)
  let refreshing: Promise<boolean> | null = null

  const isSignedIn = computed(() => user.value !== null)

  function accept(session: authApi.Session): void {
    localStorage.setItem(REFRESH_TOKEN_KEY, session.refreshToken)
    accessToken.value = session.accessToken
    expiresAt.value = Date.now() + session.accessTokenExpiresIn * 1000
    user.value = session.user
  }

  function forget(): void {
    localStorage.removeItem(REFRESH_TOKEN_KEY)
    accessToken.value = ''
    expiresAt.value = 0
    user.value = null
  }

  /** The ticket for the second factor, where the account has one; then signInWithCode() goes on. */
  function take(answer: authApi.SignInAnswer): string {
    if (!answer.session) return answer.mfa.ticket
    accept(answer.session)
    return ''
  }

  const signIn = async (email: string, password: string): Promise<string> => take(await authApi.signIn(email, password))

  const signInWithKey = async (): Promise<string> =>
    take(await authApi.signInWithKey(await useKey(await authApi.askForKey())))

  const signInWithMailedCode = async (email: string, code: string): Promise<string> =>
    take(await authApi.signInWithMailedCode(email, code))

  const signInWithSms = async (phoneNumber: string, code: string): Promise<string> =>
    take(await authApi.signInWithSms(phoneNumber, code))

  /** A token that proves the security key a moment ago, where the account has one. */
  async function elevatedToken(): Promise<string> {
    const token = await freshToken()
    if ((await authApi.securityKeys(token)).length === 0) return token
    accept(await authApi.elevate(await useKey(await authApi.askForElevation(token)), token))
    return accessToken.value
  }

  /** What lets somebody in later asks for the security key once more, where the account has one. */
  async function elevated<Answer>(work: (accessToken: string) => Promise<Answer>): Promise<Answer> {
    try {
      return await work(await freshToken())
    } catch (error) {
      if (!(error instanceof authApi.AuthError) || error.id !== 'elevated-claim-required') throw error
    }
    return work(await elevatedToken())
  }

  async function signInWithCode(ticket: string, code: string): Promise<void> {
    accept(await authApi.signInWithCode(ticket, code))
  }

  /** Goes on with the refresh token of a mailed link. False when it is worth nothing. */
  async function enter(refreshToken: string): Promise<boolean> {
    localStorage.setItem(REFRESH_TOKEN_KEY, refreshToken)
    return refresh()
  }

  async function signOut(): Promise<void> {
    const token = localStorage.getItem(REFRESH_TOKEN_KEY)
    forget()
    // The server ends it too; without a connection the token runs out by itself.
    if (token) await authApi.signOut(token).catch(() => undefined)
  }

  async function exchange(): Promise<boolean> {
    // Read inside the lock: another window may have exchanged it meanwhile.
    const token = localStorage.getItem(REFRESH_TOKEN_KEY)
    if (!token) {
      forget()
      return false
    }
    try {
      accept(await authApi.refresh(token))
      return true
    } catch (error) {
      if (error instanceof authApi.AuthError && error.status === 401) forget()
      return false
    }
  }

  /** A new access token. False when the session is over, or the server cannot be reached now. */
  function refresh(): Promise<boolean> {
    refreshing ??= exclusively(exchange).finally(() => (refreshing = null))
    return refreshing
  }

  const isFresh = (): boolean => accessToken.value !== '' && Date.now() < expiresAt.value - MARGIN_MS

  /** The access token, renewed if need be; empty when nobody is signed in. */
  async function freshToken(): Promise<string> {
    if (!isFresh()) await refresh()
    return accessToken.value
  }

  /** After a reload: goes on with the stored session. */
  async function restore(): Promise<void> {
    if (localStorage.getItem(REFRESH_TOKEN_KEY)) await refresh()
  }

  return {
    user,
    accessToken,
    isSignedIn,
    signIn,
    signInWithCode,
    signInWithKey,
    signInWithMailedCode,
    signInWithSms,
    elevated,
    elevatedToken,
    enter,
    signOut,
    refresh,
    freshToken,
    isFresh,
    restore,
    forget,
  }
})
