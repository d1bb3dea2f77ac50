// Usable without a mouse and without eyes.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { after, before, test } from 'node:test'
import { launch, openWindow, signIn } from './support/browser.mjs'
import { dispatcher, password } from './support/product.mjs'

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice']

async function check(page, where) {
  await page.evaluate(() => Promise.allSettled(document.getAnimations().map((each) => each.finished))) // half-faded is no colour
  await page.evaluate(axe)
  const { violations } = await page.evaluate((values) => window.axe.run({ runOnly: { type: 'tag', values } }), RULES)
  const found = violations.map((each) => `${each.id}: ${each.help} (${each.nodes.map((node) => `${node.html} ${node.any[0]?.message ?? ''}`).join('; ')})`)
  assert.deepEqual(found, [], where)
}

let browser
before(async () => (browser = await launch()))
after(() => browser.close())

test('axe finds nothing on any screen', async () => {
  const page = await openWindow(browser, { bypassCSP: true })
  await page.goto('/')
  await page.getByTestId('sign-in-form').waitFor()
  await check(page, 'sign-in')
  await signIn(page, dispatcher)
  await check(page, 'departures')
  await page.getByTestId('new-departure').click()
  await page.getByTestId('departure-form').waitFor()
  await check(page, 'new departure')
  await page.getByTestId('save').click()
  await page.getByText('Choose the tour.').waitFor()
  await check(page, 'new departure with errors')
  await page.goto('/departures')
  await page.getByTestId('departure-row').first().getByRole('link').click()
  await page.getByTestId('departure-status').waitFor()
  await check(page, 'departure')
  await page.getByTestId('cancel-departure').click()
  await page.getByRole('dialog').waitFor()
  await check(page, 'dialog')
  await page.goto('/vehicles')
  await page.getByTestId('vehicle-row').first().waitFor()
  await check(page, 'vehicles')
  await page.context().close()
})

test('axe finds nothing on the screens of accounts', async () => {
  const page = await openWindow(browser, { bypassCSP: true })
  await page.goto('/sign-in?problem=link')
  await page.getByTestId('sign-in-error').waitFor()
  await check(page, 'sign-in after a bad link')
  await page.goto('/forgotten-password')
  await page.getByTestId('forgotten-password-form').waitFor()
  await check(page, 'forgotten password')
  await page.goto('/new-password')
  await page.getByTestId('new-password-form').waitFor()
  await check(page, 'new password')
  await signIn(page, 'manager@bruning.example')
  await page.goto('/members')
  await page.getByTestId('members').getByText('manager@bruning.example').waitFor()
  await check(page, 'members')
  await page.goto('/account')
  await page.getByTestId('sessions').getByText('This window').waitFor()
  await page.getByRole('button', { name: 'Set up' }).click()
  await page.getByTestId('totp-secret').waitFor()
  await check(page, 'account')
  await page.context().close()
})

test('the keyboard alone creates a departure', async () => {
  const page = await openWindow(browser)
  const key = (name) => page.keyboard.press(name)
  /** Tabs on until the focus is on what the selector names. */
  const tabTo = async (selector) => {
    for (let i = 0; i < 60; ++i) {
      await key('Tab')
      if (await page.evaluate((wanted) => document.activeElement.matches(wanted), selector)) return
    }
    assert.fail(`Tab does not reach ${selector}`)
  }
  await page.goto('/')
  await page.getByTestId('sign-in-form').waitFor()
  await tabTo('#email')
  await page.keyboard.type(dispatcher)
  await key('Tab')
  await page.keyboard.type(password)
  await key('Enter')
  await page.getByTestId('departures-table').waitFor()
  await tabTo('[data-testid=new-departure]')
  await key('Enter')
  await page.locator('#tour-template option').nth(1).waitFor({ state: 'attached' })
  assert.equal(await page.evaluate(() => document.activeElement.tagName), 'H1', 'a new page begins at its heading')
  await tabTo('#tour-template')
  await key('ArrowDown')
  await tabTo('#start-date')
  await page.keyboard.type('05152031')
  await tabTo('[data-testid=save]')
  await key('Enter')
  await page.waitForURL(/departures\/[0-9a-f-]{36}$/)
  await page.getByTestId('departure-status').getByText('Draft').waitFor()
  assert.equal(await page.locator('#start-date').inputValue(), '2031-05-15')
  await page.context().close()
})
