// Nhost's SDK as an application uses it: nothing about it is changed, only its addresses are ours.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MemoryStorage } from '@nhost/nhost-js/session'
import { client, codeIn, follow, linkIn, message, newAddress, password, person, refusal, url } from './support.mjs'
import { totp } from '../support/totp.mjs'

test('somebody signs up, proves the address and is signed in', async () => {
  const email = newAddress()
  const nhost = client()
  const answer = await nhost.auth.signUpEmailPassword({ email, password, options: { displayName: 'Anna', locale: 'en' } })
  assert.equal(answer.status, 200)
  assert.equal(answer.body.session, null)
  assert.equal(await refusal(nhost.auth.signInEmailPassword({ email, password })), 'unverified-user')

  const mail = await message(email, 'verify-email')
  assert.equal(mail.subject, 'Confirm your e-mail address')
  const landed = await follow(linkIn(mail))
  assert.equal(landed.get('type'), 'emailVerify')
  const session = (await nhost.auth.refreshToken({ refreshToken: landed.get('refreshToken') })).body
  assert.equal(session.user.displayName, 'Anna')
  assert.equal(session.user.emailVerified, true)
  assert.deepEqual(session.user.roles, ['user'])
  assert.equal(nhost.getUserSession().decodedToken.sub, session.user.id)
  assert.equal((await nhost.auth.getUser()).body.email, email)
})

test('a wrong password, a used link and a short password are refused by name', async () => {
  const { email, nhost } = await person()
  assert.equal(await refusal(nhost.auth.signInEmailPassword({ email, password: 'wrong' })), 'invalid-email-password')
  const landed = await follow(linkIn(await message(email, 'verify-email')))
  assert.equal(landed.get('error'), 'invalid-ticket')
  assert.equal(await refusal(client().auth.signUpEmailPassword({ email: newAddress(), password: 'short' })), 'password-too-short')
  assert.equal(await refusal(client().auth.refreshToken({ refreshToken: '0'.repeat(64) })), 'invalid-refresh-token')
})

test('two tabs that refresh 50 times at once stay signed in', async () => {
  const { email } = await person()
  // Two stores: two tabs that do not know of each other and hold the same token.
  const tabs = [client(new MemoryStorage()), client(new MemoryStorage())]
  const first = (await tabs[0].auth.signInEmailPassword({ email, password })).body.session
  tabs[1].sessionStorage.set(first)
  for (let round = 0; round < 50; ++round) {
    const sessions = await Promise.all(tabs.map((tab) => tab.refreshSession(0)))
    for (const session of sessions) assert.ok(session, `signed out in round ${round}`)
    assert.equal(sessions[0].refreshToken, sessions[1].refreshToken)
  }
})

test('one tab behind the other stays signed in for the time of grace', async () => {
  const { email } = await person()
  const tabs = [client(new MemoryStorage()), client(new MemoryStorage())]
  tabs[1].sessionStorage.set((await tabs[0].auth.signInEmailPassword({ email, password })).body.session)
  for (let round = 0; round < 3; ++round) await tabs[0].refreshSession(0)
  assert.ok(await tabs[1].refreshSession(0))
  assert.ok(await tabs[1].refreshSession(0))
})

test('a second factor is set up, asked for and switched off', async () => {
  const { email, nhost } = await person()
  const setup = (await nhost.auth.changeUserMfa()).body
  assert.match(setup.imageUrl, /^data:image\/svg\+xml;base64,/)
  assert.equal(await refusal(nhost.auth.verifyChangeUserMfa({ code: '000000', activeMfaType: 'totp' })), 'invalid-totp')
  const now = Date.now()
  await nhost.auth.verifyChangeUserMfa({ code: totp(setup.totpSecret, now), activeMfaType: 'totp' })

  const other = client()
  const answer = (await other.auth.signInEmailPassword({ email, password })).body
  assert.equal(answer.session, null)
  assert.match(answer.mfa.ticket, /^mfaTotp:/)
  // The next code: one works once.
  const session = (await other.auth.verifySignInMfaTotp({ ticket: answer.mfa.ticket, otp: totp(setup.totpSecret, now + 30_000) })).body.session
  assert.equal(session.user.activeMfaType, 'totp')
})

test('a forgotten password is replaced by the mailed link', async () => {
  const { email } = await person()
  const nhost = client()
  assert.equal((await nhost.auth.sendPasswordResetEmail({ email, options: { redirectTo: `${url}/new-password` } })).body, 'OK')
  const landed = await follow(linkIn(await message(email, 'password-reset')))
  assert.equal(landed.get('type'), 'passwordReset')
  await nhost.auth.refreshToken({ refreshToken: landed.get('refreshToken') })
  await nhost.auth.changeUserPassword({ newPassword: 'another horse' })
  assert.equal(await refusal(client().auth.signInEmailPassword({ email, password })), 'invalid-email-password')
  assert.ok((await client().auth.signInEmailPassword({ email, password: 'another horse' })).body.session)
})

test('a link and a code by mail, and a code by SMS, sign in', async () => {
  const email = newAddress()
  const nhost = client()
  await nhost.auth.signInPasswordlessEmail({ email })
  const landed = await follow(linkIn(await message(email, 'sign-in-link')))
  assert.ok((await nhost.auth.refreshToken({ refreshToken: landed.get('refreshToken') })).body.user)

  await nhost.auth.signInOTPEmail({ email })
  const byCode = await nhost.auth.verifySignInOTPEmail({ email, otp: codeIn(await message(email, 'sign-in-code')) })
  assert.equal(byCode.body.session.user.email, email)

  const phoneNumber = `+49151${String(process.pid).padStart(8, '0')}`
  await nhost.auth.signInPasswordlessSms({ phoneNumber })
  const bySms = await nhost.auth.verifySignInPasswordlessSms({ phoneNumber, otp: codeIn(await message(phoneNumber, 'sign-in-code')) })
  assert.equal(bySms.body.session.user.phoneNumber, phoneNumber)
})

test('somebody begins anonymously and becomes somebody', async () => {
  const nhost = client()
  const session = (await nhost.auth.signInAnonymous({ displayName: 'Guest' })).body.session
  assert.equal(session.user.isAnonymous, true)
  const email = newAddress()
  await nhost.auth.deanonymizeUser({ signInMethod: 'email-password', email, password })
  await follow(linkIn(await message(email, 'verify-email')))
  const later = (await client().auth.signInEmailPassword({ email, password })).body.session
  assert.equal(later.user.id, session.user.id)
})

test('a program signs in by a personal access token', async () => {
  const { nhost } = await person()
  const created = (await nhost.auth.createPAT({ expiresAt: new Date(Date.now() + 86_400_000).toISOString(), metadata: { for: 'n8n' } })).body
  const program = client()
  assert.ok((await program.auth.signInPAT({ personalAccessToken: created.personalAccessToken })).body.session)
  assert.equal(await refusal(program.auth.signInPAT({ personalAccessToken: 'x' })), 'invalid-pat')
})

test('an address changes once the new one is proven', async () => {
  const { email, nhost } = await person()
  const newEmail = newAddress()
  await nhost.auth.changeUserEmail({ newEmail })
  await follow(linkIn(await message(newEmail, 'change-email')))
  assert.ok((await client().auth.signInEmailPassword({ email: newEmail, password })).body.session)
  assert.equal(await refusal(client().auth.signInEmailPassword({ email, password })), 'invalid-email-password')
})

test('signing out everywhere ends every session', async () => {
  const { email, nhost } = await person()
  const other = client()
  await other.auth.signInEmailPassword({ email, password })
  await nhost.auth.signOut({ all: true })
  assert.equal(await refusal(other.auth.refreshToken({ refreshToken: other.getUserSession().refreshToken })), 'invalid-refresh-token')
  assert.equal(await refusal(client().auth.signOut({ all: true })), 'authentication-required')
})

test('a token is verified, and GraphQL takes it', async () => {
  const nhost = client()
  await nhost.auth.signInEmailPassword({ email: 'dispatcher@bruning.example', password: 'busflow-demo' })
  assert.equal((await nhost.auth.verifyToken({ token: nhost.getUserSession().accessToken })).status, 200)
  assert.equal(await refusal(nhost.auth.verifyToken({ token: `${nhost.getUserSession().accessToken}x` })), 'invalid-token')
  const { body } = await nhost.graphql.request({ query: '{ backoffice_vehicles { id } }' })
  assert.ok(body.data.backoffice_vehicles.length > 0)

  const { nhost: stranger } = await person()
  const seen = await stranger.graphql.request({ query: '{ backoffice_vehicles { id } }' }).catch((error) => error)
  assert.match(JSON.stringify(seen.body ?? seen), /not found in type/)
})
