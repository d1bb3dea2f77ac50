// n8n's editor behind Traefik, in Chromium: for staff only. Its first visitor becomes its owner and activates the shipped workflow. Started by automation_test.py.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, test } from 'node:test'
import { launch, openWindow, submitSignIn } from '../e2e/support/browser.mjs'
import { dispatcher, staff } from '../e2e/support/product.mjs'

const EDITOR = '/admin/automation/'
let browser
let page
before(async () => {
  browser = await launch()
  page = await openWindow(browser)
})
after(() => browser.close())

/** As the editor's own scripts ask n8n, with the cookies of this window. */
const ask = (path, body) =>
  page.evaluate(
    async ([address, data]) => {
      const answer = await fetch(address, { method: 'POST', headers: { 'content-type': 'application/json', 'browser-id': localStorage.getItem('n8n-browserId') ?? '' }, body: JSON.stringify(data) })
      const text = await answer.text()
      if (!answer.ok) throw new Error(`${address}: ${answer.status} ${text}`)
      return JSON.parse(text).data
    },
    [`${EDITOR}rest/${path}`, body],
  )

test('who is not staff does not reach it', async () => {
  await page.goto(EDITOR)
  await page.getByText('For the staff of the platform.').waitFor()
  await submitSignIn(page, dispatcher)
  await page.getByText('This page is for the staff of the platform.').waitFor()
})

test('staff does, and becomes its owner there', async () => {
  await page.goto(EDITOR)
  await submitSignIn(page, staff)
  await page.getByText('Set up owner account').waitFor()
  const form = { email: staff, firstName: 'Staff', lastName: 'Busflow', password: 'Busflow-demo-1' }
  for (const [name, value] of Object.entries(form)) await page.locator(`input[name=${name}]`).fill(value)
  await page.getByRole('button', { name: 'Next' }).click()
  await page.waitForURL((url) => !url.pathname.includes('/setup'))
})

test('the shipped workflow is imported and activated', async () => {
  const { name, nodes, connections, settings } = JSON.parse(await readFile(new URL('../../docker/n8n/announce_departure.json', import.meta.url), 'utf8'))
  const { id, versionId } = await ask('workflows', { name, nodes, connections, settings, active: false })
  assert.equal((await ask(`workflows/${id}/activate`, { versionId })).active, true)
  await page.goto(`${EDITOR}home/workflows`)
  await page.getByText(name).first().waitFor()
})
