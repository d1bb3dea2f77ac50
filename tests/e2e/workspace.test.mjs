// The path that everything hangs on: create, publish, see it elsewhere, see what it caused; and see nothing of others.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { launch, openWindow, row, signIn } from './support/browser.mjs'
import { dispatcher, otherDispatcher } from './support/product.mjs'

const inAWhile = (days) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)

let browser
before(async () => (browser = await launch()))
after(() => browser.close())

test('a departure goes from the form to the offer, before the eyes of a colleague', async () => {
  const mine = await openWindow(browser)
  const colleagues = await openWindow(browser)
  const strangers = await openWindow(browser)
  await signIn(mine, dispatcher)
  await signIn(colleagues, dispatcher)
  await signIn(strangers, otherDispatcher)
  assert.ok((await mine.getByTestId('departure-row').count()) > 5, 'the demo has coming departures')

  await mine.getByTestId('new-departure').click()
  await mine.locator('#tour-template option').nth(3).waitFor({ state: 'attached' })
  await mine.getByLabel('Tour', { exact: true }).selectOption({ index: 3 })
  await mine.getByLabel('First day').fill(inAWhile(45))
  await mine.getByLabel('Seats on sale').fill('28')
  await mine.getByLabel('Vehicle').selectOption({ index: 1 })
  await mine.getByLabel('Driver').selectOption({ index: 1 })
  await mine.getByTestId('save').click()
  await mine.waitForURL(/departures\/[0-9a-f-]{36}$/)
  const id = mine.url().split('/').at(-1)

  const theirs = row(colleagues, id)
  await theirs.getByText('Draft').waitFor()
  await colleagues.evaluate(() => (window.notReloaded = true))

  await mine.getByTestId('mark-ready').click()
  await theirs.getByText('Ready').waitFor()
  await mine.getByTestId('publish').click()
  await theirs.getByText('Published').waitFor()
  await theirs.getByTestId('offer').getByText('on sale').waitFor()
  await theirs.getByTestId('service-legs').getByText('3', { exact: true }).waitFor()
  assert.ok(await colleagues.evaluate(() => window.notReloaded), 'the other window was not reloaded')

  await mine.getByTestId('departure-status').getByText('Published').waitFor()
  await mine.getByTestId('offer').getByText('28 seats').waitFor()
  assert.equal(await mine.getByTestId('service-legs').getByRole('listitem').count(), 3)
  assert.equal(await mine.getByTestId('save').count(), 0, 'what is published is not edited')

  assert.equal(await row(strangers, id).count(), 0)
  await strangers.goto(`/departures/${id}`)
  await strangers.getByText('There is no such departure, or it belongs to another operator.').waitFor()
  for (const page of [mine, colleagues, strangers]) {
    assert.deepEqual(page.faults, [])
    await page.context().close()
  }
})

test('the server has the last word, and says it beside the form', async () => {
  const page = await openWindow(browser)
  await signIn(page, dispatcher)
  await page.getByTestId('new-departure').click()
  await page.getByTestId('save').click()
  await page.getByText('Choose the tour.').waitFor()
  assert.equal(await page.evaluate(() => document.activeElement.id), 'tour-template')

  await page.locator('#tour-template option').nth(1).waitFor({ state: 'attached' })
  await page.getByLabel('Tour', { exact: true }).selectOption({ index: 1 })
  await page.getByLabel('First day').fill(inAWhile(50))
  await page.getByTestId('save').click()
  await page.waitForURL(/departures\/[0-9a-f-]{36}$/)
  await page.getByTestId('mark-ready').click()  // without a vehicle
  const problem = page.getByTestId('form-error')
  await problem.waitFor()
  assert.match(await problem.innerText(), /vehicle/i)

  await page.getByTestId('cancel-departure').click()
  await page.getByTestId('confirm-cancel').click()
  await page.getByTestId('departure-status').getByText('Cancelled').waitFor()
  assert.deepEqual(page.faults, [])
  await page.context().close()
})
