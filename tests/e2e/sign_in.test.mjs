// Coming in, staying in, and leaving.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { connectionIs, launch, openWindow, signIn, submitSignIn } from './support/browser.mjs'
import { dispatcher } from './support/product.mjs'

let browser
before(async () => (browser = await launch()))
after(() => browser.close())

test('a wrong password is said, announced and focused', async () => {
  const page = await openWindow(browser)
  await page.goto('/departures')
  await submitSignIn(page, dispatcher, 'wrong')
  const error = page.getByRole('alert')
  await error.getByText('Incorrect email or password').waitFor()
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute('role')), 'alert')
  await page.context().close()
})

test('whoever follows a link signs in and gets there', async () => {
  const page = await openWindow(browser)
  await page.goto('/departures/new')
  await submitSignIn(page, dispatcher)
  await page.getByRole('heading', { name: 'New departure' }).waitFor()
  await page.context().close()
})

test('a reload keeps the session, in two windows at once too', async () => {
  const first = await openWindow(browser)
  await signIn(first, dispatcher)
  const second = await first.context().newPage()
  for (let round = 0; round < 3; ++round) {
    await Promise.all([first.goto('/departures'), second.goto('/departures')])
    await Promise.all([connectionIs(first, 'live'), connectionIs(second, 'live')])
  }
  await first.getByTestId('sign-out').click()
  await first.getByRole('heading', { name: 'Sign in' }).waitFor()
  await second.getByRole('heading', { name: 'Sign in' }).waitFor()
  await first.goBack()
  await first.getByRole('heading', { name: 'Sign in' }).waitFor()
  await first.context().close()
})
