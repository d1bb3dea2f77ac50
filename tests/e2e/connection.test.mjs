// The status strip tells the truth when the connection goes and when it comes back.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { graphqlAs, makeDeparture } from './support/api.mjs'
import { connectionIs, launch, openWindow, row, signIn } from './support/browser.mjs'
import { dispatcher, isReady, kill, until } from './support/product.mjs'

let browser
before(async () => (browser = await launch()))
after(() => browser.close())

/** Remembers every state of the strip, however short. */
const recordStates = (page) =>
  page.evaluate(() => {
    const strip = document.querySelector('[data-testid=status-strip]')
    window.states = [strip.dataset.connection]
    new MutationObserver(() => window.states.push(strip.dataset.connection)).observe(strip, {
      attributeFilter: ['data-connection'],
    })
  })

test('a server that was killed is noticed, and changes made meanwhile appear', async () => {
  const page = await openWindow(browser)
  await signIn(page, dispatcher)
  await connectionIs(page, 'live')
  await recordStates(page)
  await kill('serve')
  await until('the server is back', isReady)
  const id = await makeDeparture(await graphqlAs(dispatcher), { days: 60 })
  await row(page, id).waitFor()
  await connectionIs(page, 'live')
  const states = await page.evaluate(() => window.states)
  assert.ok(states.includes('lost'), `the strip said ${states}`)
  assert.ok(!states.slice(states.indexOf('lost') + 1).includes('connecting'), 'lost stays until it is live again')
  assert.deepEqual(page.faults, [])
  await page.context().close()
})

test('a server that falls silent is noticed too', async () => {
  const page = await openWindow(browser)
  await signIn(page, dispatcher)
  await connectionIs(page, 'live')
  await kill('serve', 'STOP')
  try {
    await connectionIs(page, 'lost')
    assert.match(await page.getByTestId('status-strip').innerText(), /out of date/)
  } finally {
    await kill('serve', 'CONT')
  }
  await connectionIs(page, 'live')
  await page.context().close()
})

test('going from screen to screen is no loss', async () => {
  const page = await openWindow(browser)
  await signIn(page, dispatcher)
  await connectionIs(page, 'live')
  await recordStates(page)
  await page.getByTestId('departure-row').first().getByRole('link').click()
  await page.getByTestId('departure-status').waitFor()
  await page.getByTestId('new-departure').or(page.getByRole('link', { name: 'All departures' })).click()
  await page.getByTestId('departures-table').waitFor()
  await page.getByTestId('new-departure').click()
  await page.getByTestId('departure-form').waitFor()
  assert.deepEqual(await page.evaluate(() => window.states), ['live'])
  await page.context().close()
})
