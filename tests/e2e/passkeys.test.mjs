// Passkeys in the workspace, with Chromium's virtual authenticator (https://www.w3.org/TR/webauthn-3/#sctn-automation).
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { launch, openWindow, submitSignIn } from './support/browser.mjs'
import { address } from './support/product.mjs'
import { post, signIn as signInByApi } from './support/api.mjs'

const driver = 'driver@bruning.example'
let browser
let context
let page
let authenticator
let device

before(async () => {
  browser = await launch()
  page = await openWindow(browser)
  context = page.context()
  device = await context.newCDPSession(page)
  await device.send('WebAuthn.enable')
  const options = { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true,
    automaticPresenceSimulation: true }
  authenticator = (await device.send('WebAuthn.addVirtualAuthenticator', { options })).authenticatorId
})
after(() => browser.close())

const keys = () => page.getByTestId('security-keys')
const credentials = async () => (await device.send('WebAuthn.getCredentials', { authenticatorId: authenticator })).credentials
const departures = () => page.getByRole('heading', { name: 'Coming departures' }).waitFor()

test('a passkey is added, and signs in without a password', async () => {
  await page.goto('/')
  await submitSignIn(page, driver)
  await departures()
  await page.goto('/account')
  await page.getByLabel('Name of the new one').fill('Work phone')
  await page.getByRole('button', { name: 'Add a passkey' }).click()
  await keys().getByText('Work phone').waitFor()
  assert.equal((await credentials()).length, 1)
  await page.getByTestId('sign-out').click()

  await page.getByRole('button', { name: 'Use a passkey' }).click()
  await departures()
  assert.deepEqual(page.faults, [])
})

test('what lets somebody in later takes the passkey once more', async () => {
  const { accessToken } = await signInByApi(driver)
  const refused = await post('/v1/auth/user/password', { newPassword: 'a password that is long' }, { authorization: `Bearer ${accessToken}` })
  assert.equal(refused.body.error, 'elevated-claim-required')
  // In the browser the passkey is at hand: the page asks for it and goes on.
  await page.goto('/new-password')
  await page.getByLabel('New password').fill('driver, and more of it')
  await page.getByRole('button', { name: 'Save' }).click()
  await departures()
  const now = await post('/v1/auth/signin/email-password', { email: driver, password: 'driver, and more of it' })
  assert.equal(now.status, 200)
})

test('an answer works once, for its question, at its page', async () => {
  // What the browser itself sends, kept and sent again.
  const sent = []
  page.on('request', (request) => request.url().endsWith('/signin/webauthn/verify') && sent.push(request.postDataJSON()))
  await page.getByTestId('sign-out').click()
  await page.getByRole('button', { name: 'Use a passkey' }).click()
  await departures()
  assert.equal((await post('/v1/auth/signin/webauthn/verify', sent[0])).body.error, 'invalid-webauthn-verification')
  const { body: question } = await post('/v1/auth/signin/webauthn', {})
  const credential = structuredClone(sent[0].credential)
  const data = { type: 'webauthn.get', challenge: question.challenge, origin: address, crossOrigin: false }
  credential.response.clientDataJSON = Buffer.from(JSON.stringify(data)).toString('base64url')
  assert.equal((await post('/v1/auth/signin/webauthn/verify', { credential })).body.error, 'invalid-webauthn-verification')
})

test('who has no passkey cannot be told from who has one', async () => {
  const ask = async (email) => (await post('/v1/auth/signin/webauthn', { email })).body
  const [known, unknown, again] = [await ask(driver), await ask('nobody@example.com'), await ask('nobody@example.com')]
  assert.equal(known.allowCredentials.length, unknown.allowCredentials.length)
  assert.equal(known.allowCredentials[0].id.length, unknown.allowCredentials[0].id.length)
  assert.equal(unknown.allowCredentials[0].id, again.allowCredentials[0].id)
  assert.notEqual(unknown.challenge, again.challenge)
})

test('a passkey is removed, and signs nobody in any more', async () => {
  await page.goto('/account')
  await keys().getByRole('button', { name: 'Remove' }).click()
  await keys().getByText('Work phone').waitFor({ state: 'detached' })
  await page.getByTestId('sign-out').click()
  await page.getByRole('button', { name: 'Use a passkey' }).click()
  await page.getByRole('alert').getByText('not valid').waitFor()
  assert.deepEqual(page.faults, [])
  await context.close()
})
