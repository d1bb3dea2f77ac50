// Documents and pictures, uploaded in the workspace.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { after, before, test } from 'node:test'
import { png } from '../nhost/picture.mjs'
import { launch, openWindow, signIn } from './support/browser.mjs'
import { dispatcher, kill, sqlValue, until } from './support/product.mjs'

let browser
before(async () => (browser = await launch()))
after(() => browser.close())

const documentRow = (page, name) => page.getByTestId('documents').getByRole('row').filter({ hasText: name })

test('a document goes on after the server was killed on its way, and others see it at once', async () => {
  const page = await openWindow(browser)
  await signIn(page, dispatcher)
  await page.getByRole('link', { name: 'Documents' }).click()
  const other = await openWindow(browser)
  await signIn(other, 'manager@bruning.example')
  await other.goto('/documents')

  const bytes = randomBytes(24_000_000)
  const offsets = []
  page.on('request', (request) => request.method() === 'PATCH' && offsets.push(Number(request.headers()['upload-offset'])))
  const network = await page.context().newCDPSession(page)
  await network.send('Network.enable')
  const slow = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 6_000_000 }
  await network.send('Network.emulateNetworkConditions', slow)
  await page.getByLabel('Upload a document').setInputFiles({ name: 'Fahrplan.bin', mimeType: 'application/octet-stream', buffer: bytes })
  await until('the first pieces are kept', async () => Number(await sqlValue('select coalesce(max(received), 0) from files.uploads')) >= 8_000_000)
  await kill('serve')
  await network.send('Network.emulateNetworkConditions', { ...slow, uploadThroughput: -1 })
  await page.getByRole('status').getByText('The document is there.').waitFor()
  assert.equal(offsets[0], 0)
  assert.ok(offsets.at(-1) >= 8_000_000, `it went on at ${offsets.at(-1)} instead of beginning again`)

  await documentRow(other, 'Fahrplan.bin').waitFor()
  const [saved] = await Promise.all([other.waitForEvent('download'), documentRow(other, 'Fahrplan.bin').getByRole('button', { name: 'Download' }).click()])
  assert.ok(bytes.equals(await readFile(await saved.path())))

  other.on('dialog', (dialog) => dialog.accept())
  await documentRow(other, 'Fahrplan.bin').getByRole('button', { name: 'Delete' }).click()
  await documentRow(page, 'Fahrplan.bin').waitFor({ state: 'detached' })
  assert.deepEqual([...page.faults, ...other.faults], [])
  await page.context().close()
  await other.context().close()
})

test('a picture is uploaded, made small, and shown after a reload', async () => {
  const page = await openWindow(browser)
  await signIn(page, dispatcher)
  await page.goto('/account')
  await page.getByLabel('Upload a picture').setInputFiles({ name: 'me.png', mimeType: 'image/png', buffer: png(600, 400) })
  const picture = page.getByAltText('Your picture')
  await picture.waitFor()
  await page.reload()
  await picture.waitFor()
  assert.equal(await picture.evaluate(async (image) => (await image.decode(), `${image.naturalWidth}x${image.naturalHeight}`)), '192x192')
  assert.deepEqual(page.faults, [])
  await page.context().close()
})
