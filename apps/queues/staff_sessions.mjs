// Who may look: staff, as `busflow serve` says. A browser holds only a random cookie; the tokens stay here, in memory.
import { createHash, randomBytes } from 'node:crypto'

const ROLE = 'busflow_staff'
const LONGEST_IDLE = 8 * 3600 * 1000
const MOST_SESSIONS = 1000
const RENEW_BEFORE = 60 * 1000

/** What a sign-in came to, when it was not a session. */
export class Refusal extends Error {
  constructor(status, message) {
    super(message)
    this.status = status
  }
}

export class StaffSessions {
  #serve
  #now
  #sessions = new Map() // by the SHA-256 of the cookie, so that this memory's dump lets nobody in

  constructor(serve, now = Date.now) {
    this.#serve = serve
    this.#now = now
  }

  /** Signs in and gives the cookie's value. @throws {Refusal} */
  async signIn(email, password) {
    const answer = await this.#post('/v1/auth/signin/email-password', { email, password })
    if (answer.status === 429) throw new Refusal(429, answer.body.message)
    if (answer.status !== 200) throw new Refusal(401, 'Incorrect email or password.')
    const { session } = answer.body
    if (!session?.user.roles.includes(ROLE)) {
      if (session) await this.#post('/v1/auth/signout', { refreshToken: session.refreshToken })
      throw new Refusal(403, 'This page is for the staff of the platform.')
    }
    this.#forgetOld()
    const cookie = randomBytes(32).toString('hex')
    this.#sessions.set(key(cookie), { email: session.user.email, lastUse: this.#now(), ...this.#tokens(session) })
    return cookie
  }

  /** The session of a cookie, still confirmed by serve; undefined when there is none. @throws {Refusal} when serve is away */
  async find(cookie) {
    const session = cookie && this.#sessions.get(key(cookie))
    if (!session) return undefined
    if (this.#now() - session.lastUse > LONGEST_IDLE) return this.#drop(cookie)
    session.lastUse = this.#now()
    if (session.renewAt > this.#now()) return session
    // Requests of one page come together; a refresh token counts once.
    session.renewal ??= this.#renew(session).finally(() => (session.renewal = undefined))
    return (await session.renewal) ? session : this.#drop(cookie)
  }

  async signOut(cookie) {
    const session = cookie && this.#sessions.get(key(cookie))
    this.#drop(cookie)
    if (session) await this.#post('/v1/auth/signout', { refreshToken: session.refreshToken })
  }

  async #renew(session) {
    const answer = await this.#post('/v1/auth/token', { refreshToken: session.refreshToken })
    if (answer.status >= 500) throw new Refusal(503, 'The server cannot be asked who you are. Try again in a moment.')
    if (answer.status !== 200 || !answer.body.user.roles.includes(ROLE)) return false
    Object.assign(session, this.#tokens(answer.body))
    return true
  }

  #tokens(session) {
    return {
      refreshToken: session.refreshToken,
      renewAt: this.#now() + session.accessTokenExpiresIn * 1000 - RENEW_BEFORE,
    }
  }

  #drop(cookie) {
    if (cookie) this.#sessions.delete(key(cookie))
    return undefined
  }

  #forgetOld() {
    for (const [name, session] of this.#sessions) {
      const isOld = this.#now() - session.lastUse > LONGEST_IDLE
      if (isOld || this.#sessions.size >= MOST_SESSIONS) this.#sessions.delete(name)
    }
  }

  async #post(path, body) {
    try {
      const response = await fetch(this.#serve + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(10_000),
      })
      return { status: response.status, body: await response.json() }
    } catch (problem) {
      throw new Refusal(503, `The server cannot be asked who you are: ${problem.cause?.code ?? problem.name}.`)
    }
  }
}

const key = (cookie) => createHash('sha256').update(cookie).digest('hex')
