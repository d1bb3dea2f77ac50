// Signing in with an account elsewhere: a certified OpenID provider, reached over TLS.
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { Browser } from './browser.mjs'
import { client, follow, linkIn, message, newAddress, password, person, refusal, url } from './support.mjs'

const callback = `${url}/v1/auth/signin/provider/company/callback`
const landing = `${url}/landing`
const begin = (options = {}) => client().auth.signInProviderURL('company', { redirectTo: landing, ...options })

/** The whole way; gives the parameters that the application lands with. */
async function signIn(email, options = {}, browser = new Browser()) {
  const back = await browser.passProvider(begin(options), email, callback)
  return new URL((await browser.open(back)).location).searchParams
}
const sessionOf = async (landed) => (await client().auth.refreshToken({ refreshToken: landed.get('refreshToken') })).body

test('a sign-in page learns which ways there are', async () => {
  const answer = await (await fetch(`${url}/v1/auth/methods`)).json()
  assert.deepEqual(answer.providers, [{ id: 'company', name: 'Our company' }])
  assert.ok(answer.methods.includes('password'))
})

test('somebody new signs in with PKCE, and is the same person the next time', async () => {
  const email = newAddress()
  const start = await new Browser().open(begin({ locale: 'en' }))
  const sent = new URL(start.location).searchParams
  assert.equal(sent.get('code_challenge_method'), 'S256')
  assert.match(sent.get('code_challenge'), /^[\w-]{43}$/)
  assert.ok(sent.get('nonce'))

  const first = await sessionOf(await signIn(email, { locale: 'en' }))
  assert.equal(first.user.email, email)
  assert.equal(first.user.emailVerified, true)
  assert.equal(first.user.displayName, `Name of ${email}`)
  assert.equal(first.user.avatarUrl, '', 'an address that is not https is not kept, and nobody fetches it')
  const second = await sessionOf(await signIn(email))
  assert.equal(second.user.id, first.user.id)
})

test('who has an account of the same proven address enters it', async () => {
  const { email, nhost } = await person()
  const session = await sessionOf(await signIn(email))
  assert.equal(session.user.id, nhost.getUserSession().user.id)
})

test('an account that a stranger made with the address loses what the stranger knows', async () => {
  const email = newAddress()
  await client().auth.signUpEmailPassword({ email, password })
  const session = await sessionOf(await signIn(email))
  assert.equal(session.user.emailVerified, true)
  assert.equal(await refusal(client().auth.signInEmailPassword({ email, password })), 'invalid-email-password')
  assert.equal((await follow(linkIn(await message(email, 'verify-email')))).get('error'), 'invalid-ticket')
})

test('an address that the provider does not vouch for opens no account', async () => {
  const { email: owner } = await person()
  const email = owner.replace('@', '+unverified@')
  const session = await sessionOf(await signIn(email))
  assert.equal(session.user.email, null)
  assert.equal(session.user.emailVerified, false)
})

test('an account elsewhere is tied to a signed-in user, listed and taken off', async () => {
  const { email, nhost } = await person()
  const other = newAddress()
  const { accessToken } = nhost.getUserSession()
  const landed = await signIn(other, { connect: accessToken })
  assert.equal(landed.get('error'), null)
  const call = (method, path) => fetch(`${url}/v1/auth${path}`, { method, headers: { authorization: `Bearer ${accessToken}` } })
  assert.deepEqual((await (await call('GET', '/user/providers')).json()).map((one) => [one.provider, one.email]), [['company', other]])
  assert.equal((await sessionOf(await signIn(other))).user.email, email)
  // It is somebody's already.
  const stranger = await person()
  assert.equal((await signIn(other, { connect: stranger.nhost.getUserSession().accessToken })).get('error'), 'conflict')
  assert.equal((await call('DELETE', '/user/providers/company')).status, 200)
  assert.equal((await call('DELETE', '/user/providers/company')).status, 404)
  assert.notEqual((await sessionOf(await signIn(other))).user.email, email)
})

test('another browser cannot finish what one began', async () => {
  const back = await new Browser().passProvider(begin(), newAddress(), callback)
  const victim = new Browser()
  const landed = new URL((await victim.open(back)).location)
  assert.equal(landed.searchParams.get('error'), 'invalid-state')
  assert.equal(landed.searchParams.get('refreshToken'), null)
})

test('a code works once, and no changed state is taken', async () => {
  const browser = new Browser()
  const back = new URL(await browser.passProvider(begin(), newAddress(), callback))
  const changed = new URL(back)
  changed.searchParams.set('state', `A${back.searchParams.get('state').slice(1)}`)
  assert.equal(new URL((await browser.open(changed)).location).searchParams.get('error'), 'invalid-state')
  assert.ok(new URL((await browser.open(back)).location).searchParams.get('refreshToken'))
  assert.equal(new URL((await browser.open(back)).location).searchParams.get('error'), 'oauth-token-echange-failed')
  const cookie = browser.cookie('busflow_provider')
  assert.ok(cookie.attributes.includes('HttpOnly') && cookie.attributes.includes('SameSite=Lax'))
})

test('an answer that comes as a form works as well', async () => {
  const browser = new Browser()
  const back = new URL(await browser.passProvider(begin(), newAddress(), callback))
  const landed = new URL((await browser.open(callback, Object.fromEntries(back.searchParams))).location)
  assert.ok(landed.searchParams.get('refreshToken'))
})

test('a cookie alone is nobody: no other site can act in somebody\'s name', async () => {
  const browser = new Browser()
  await browser.open(begin())
  assert.ok(browser.cookie('busflow_provider'))
  for (const path of ['user', 'user/sessions', 'tenants']) assert.equal((await browser.open(`${url}/v1/auth/${path}`)).status, 401)
  assert.equal((await browser.open(`${url}/v1/auth/user/password`, { newPassword: 'chosen by another site' })).status, 400)
})

test('what the provider refuses is said where the application asked for it', async () => {
  const browser = new Browser()
  const start = await browser.open(begin())
  const state = new URL(start.location).searchParams.get('state')
  const landed = new URL((await browser.open(`${callback}?error=access_denied&state=${encodeURIComponent(state)}`)).location)
  assert.ok(landed.href.startsWith(landing))
  assert.equal(landed.searchParams.get('error'), 'oauth-provider-error')
})

test('neither an unknown provider nor a foreign address to return to begins anything', async () => {
  for (const address of [`${url}/v1/auth/signin/provider/169.254.169.254`, begin({ redirectTo: 'https://evil.example/' }),
    `${url}/v1/auth/signin/provider/company?connect=nonsense`]) {
    const answer = await new Browser().open(address)
    assert.ok(answer.status === 400 || answer.status === 401, `${address}: ${answer.status}`)
    assert.equal(answer.location, null)
  }
})

/** What an app on a phone does: it signs somebody in at the provider by itself, and has an ID token in the end. */
async function idToken(email, nonce) {
  const issuer = process.env.TEST_ISSUER
  const verifier = randomBytes(32).toString('hex')
  const query = new URLSearchParams({ client_id: 'busflow', redirect_uri: callback, response_type: 'code', scope: 'openid email profile', nonce,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'), code_challenge_method: 'S256' })
  const back = new URL(await new Browser().passProvider(`${issuer}/auth?${query}`, email, callback))
  const answer = await fetch(`${issuer}/token`, { method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`busflow:${process.env.TEST_CLIENT_SECRET}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'authorization_code', code: back.searchParams.get('code'), redirect_uri: callback, code_verifier: verifier }) })
  return (await answer.json()).id_token
}

test('an app signs somebody in with an ID token, and ties one to a user', async () => {
  const { email, nhost } = await person()
  const token = await idToken(email, 'a nonce')
  const { session } = (await client().auth.signInIdToken({ provider: 'company', idToken: token, nonce: 'a nonce' })).body
  assert.equal(session.user.id, nhost.getUserSession().user.id)
  assert.equal(await refusal(client().auth.signInIdToken({ provider: 'company', idToken: token, nonce: 'another' })), 'invalid-token')
  assert.equal(await refusal(client().auth.signInIdToken({ provider: 'company', idToken: token })), 'invalid-token')

  const other = newAddress()
  await nhost.auth.linkIdToken({ provider: 'company', idToken: await idToken(other, 'n'), nonce: 'n' })
  assert.equal((await sessionOf(await signIn(other))).user.id, session.user.id)
})

test('an ID token that is not for us signs nobody in', async () => {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const claims = { iss: 'https://localhost', sub: 'x', aud: 'busflow', exp: 4e9, iat: 1 }
  for (const token of ['', 'a.b.c', `${part({ alg: 'none' })}.${part(claims)}.`, `${part({ alg: 'HS256', jku: `${url}/keys` })}.${part(claims)}.c2ln`]) {
    assert.equal(await refusal(client().auth.signInIdToken({ provider: 'company', idToken: token })), 'invalid-token')
  }
  assert.equal(await refusal(client().auth.signInIdToken({ provider: 'apple', idToken: 'a.b.c' })), 'invalid-request')
})
