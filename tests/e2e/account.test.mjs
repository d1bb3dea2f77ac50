// Coming to an operator, choosing a password, a second factor, and getting in again after forgetting the password.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { launch, openWindow, signIn, submitSignIn } from './support/browser.mjs'
import { address, until } from './support/product.mjs'
import { totp } from '../support/totp.mjs'

const anna = 'anna.invited@bruning.example'
let browser
let secret
let recoveryCodes
before(async () => (browser = await launch()))
after(() => browser.close())

/** The link in the newest message of that kind; the mailbox is what `make run` shows at /v1/mailbox. */
const mailedLink = (template) =>
  until(`a message ${template}`, async () => {
    const messages = await (await fetch(`${address}/v1/mailbox/messages?recipient=${anna}`)).json()
    return messages.find((message) => message.template === template)?.body.match(/https?:\S+/)[0]
  })

const departures = (page) => page.getByRole('heading', { name: 'Coming departures' }).waitFor()

test('a manager invites, and the invited choose a password and are in', async () => {
  const manager = await openWindow(browser)
  await signIn(manager, 'manager@bruning.example')
  await manager.getByRole('link', { name: 'Members' }).click()
  const members = manager.getByTestId('members')
  await members.getByText('dispatcher@bruning.example').waitFor()
  await manager.getByLabel('E-mail').fill(anna)
  await manager.getByLabel('Name').fill('Anna')
  await manager.getByRole('button', { name: 'Invite' }).click()
  await members.getByText(anna).waitFor()
  await manager.context().close()

  const page = await openWindow(browser)
  await page.goto(await mailedLink('invitation'))
  await page.getByRole('heading', { name: 'Sign in' }).or(page.getByRole('heading', { name: 'New password' })).waitFor()
  assert.doesNotMatch(page.url(), /refreshToken|ticket/, 'the address has forgotten what it brought')
  await page.getByLabel('New password').fill('short')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('alert').getByText('too short').waitFor()
  await page.getByLabel('New password').fill('anna long enough')
  await page.getByRole('button', { name: 'Save' }).click()
  await departures(page)
  assert.deepEqual(page.faults, [])
  await page.context().close()
})

test('a second factor is set up and asked for', async () => {
  const page = await openWindow(browser)
  await page.goto('/')
  await submitSignIn(page, anna, 'anna long enough')
  await departures(page)
  await page.getByRole('link', { name: 'Anna' }).click()
  await page.getByTestId('sessions').getByText('This window').waitFor()
  await page.getByRole('button', { name: 'Set up' }).click()
  secret = await page.getByTestId('totp-secret').textContent()
  const now = Date.now()
  await page.getByLabel('Code that the app shows').fill(totp(secret, now))
  await page.getByRole('button', { name: 'Switch on' }).click()
  recoveryCodes = await page.getByTestId('recovery-codes').locator('code').allTextContents()
  assert.equal(recoveryCodes.length, 10)
  await page.getByTestId('sign-out').click()

  await submitSignIn(page, anna, 'anna long enough')
  await page.getByRole('heading', { name: 'Second factor' }).waitFor()
  await page.getByLabel('Code', { exact: true }).fill(totp(secret, now))
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('alert').getByText('Invalid TOTP code').waitFor()
  await page.getByLabel('Code', { exact: true }).fill(totp(secret, now + 30_000))
  await page.getByRole('button', { name: 'Sign in' }).click()
  await departures(page)
  await page.context().close()
})

test('a forgotten password is replaced, and the second factor still asked for', async () => {
  const page = await openWindow(browser)
  await page.goto('/')
  await page.getByRole('link', { name: 'Forgotten your password?' }).click()
  await page.getByLabel('E-mail').fill(anna)
  await page.getByRole('button', { name: 'Send the link' }).click()
  await page.getByRole('status').getByText('a link is on its way').waitFor()
  await page.goto(await mailedLink('password-reset'))
  await page.getByLabel('New password').fill('anna even longer')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('heading', { name: 'Sign in' }).waitFor()
  await submitSignIn(page, anna, 'anna even longer')
  await page.getByLabel('Code', { exact: true }).fill(recoveryCodes[0])
  await page.getByRole('button', { name: 'Sign in' }).click()
  await departures(page)
  await page.context().close()
})

test('a link that was used says so', async () => {
  const page = await openWindow(browser)
  await page.goto(await mailedLink('password-reset'))
  await page.getByRole('alert').getByText('This link is no longer valid.').waitFor()
  await page.context().close()
})

test('a code by mail signs in, where the page offers it', async () => {
  const page = await openWindow(browser)
  await page.goto('/')
  await page.getByRole('button', { name: 'Mail me a code' }).click()
  await page.getByRole('alert').getByText('Write your e-mail address first.').waitFor()
  await page.getByLabel('E-mail').fill('driver@bruning.example')
  await page.getByRole('button', { name: 'Mail me a code' }).click()
  await page.getByRole('status').getByText('a code is on its way').waitFor()
  const code = await until('a code', async () => {
    const messages = await (await fetch(`${address}/v1/mailbox/messages?recipient=driver@bruning.example`)).json()
    return messages.find((message) => message.template === 'sign-in-code')?.body.match(/\b\d{6}\b/)[0]
  })
  await page.getByLabel('Code', { exact: true }).fill(code)
  await page.getByRole('button', { name: 'Go on' }).click()
  await departures(page)
  assert.deepEqual(page.faults, [])
  await page.context().close()
})
