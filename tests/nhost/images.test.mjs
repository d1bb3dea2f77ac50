// Other forms of images, asked for by Nhost's SDK.
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { png, sizeOf } from './picture.mjs'
import { person, url } from './support.mjs'

let nhost
let id
const upload = async (bytes, name, type) =>
  (await nhost.storage.uploadFiles({ 'file[]': [new File([bytes], name, { type })] })).body.processedFiles[0].id
const raw = (query, headers = {}) =>
  fetch(`${url}/v1/storage/files/${id}?${query}`, { headers: { authorization: `Bearer ${nhost.getUserSession().accessToken}`, ...headers } })
const bytesOf = async (answer) => Buffer.from(await answer.arrayBuffer())

before(async () => {
  nhost = (await person()).nhost
  id = await upload(png(400, 200), 'Bus am See.png', 'image/png')
})

test('one side keeps the ratio, both cut, and another format is another file', async () => {
  const sized = async (parameters) => sizeOf(await bytesOf((await nhost.storage.getFile(id, parameters)).body))
  assert.equal(await sized({ w: 100 }), '100x50')
  assert.equal(await sized({ h: 100 }), '200x100')
  assert.equal(await sized({ w: 100, h: 100 }), '100x100')
  const answer = await raw('w=100&f=webp&q=50')
  assert.equal(answer.headers.get('content-type'), 'image/webp')
  assert.match(answer.headers.get('content-disposition'), /Bus%20am%20See\.webp/)
  assert.equal((await bytesOf(answer)).toString('latin1', 8, 12), 'WEBP')
})

test('what the client takes decides, and caches are told so', async () => {
  const chrome = await raw('f=auto&w=50', { accept: 'image/avif,image/webp,image/apng,*/*;q=0.8' })
  assert.equal(chrome.headers.get('content-type'), 'image/avif')
  assert.equal(chrome.headers.get('vary'), 'accept')
  const older = await raw('f=auto&w=50', { accept: 'image/avif;q=0, image/webp;q=0.9, */*' })
  assert.equal(older.headers.get('content-type'), 'image/webp')
  assert.notEqual(chrome.headers.get('etag'), older.headers.get('etag'))
  const plain = await raw('f=auto&w=50', { accept: '*/*' })
  assert.equal(plain.headers.get('content-type'), 'image/png')
})

test('each form has a version of its own, and dates work as well', async () => {
  const whole = await raw('')
  const small = await raw('w=40')
  assert.notEqual(small.headers.get('etag'), whole.headers.get('etag'))
  assert.equal((await raw('w=40', { 'if-none-match': small.headers.get('etag') })).status, 304)
  assert.equal((await raw('w=41', { 'if-none-match': small.headers.get('etag') })).status, 200)
  assert.equal((await raw('w=40', { 'if-modified-since': small.headers.get('last-modified') })).status, 304)
  assert.equal((await raw('w=40', { range: 'bytes=0-9' })).status, 200)
})

test('what is no image, no number or too much is refused by name', async () => {
  const text = await upload('not an image', 'a.txt', 'text/plain')
  await assert.rejects(nhost.storage.getFile(text, { w: 10 }), (error) =>
    error.status === 400 && error.body.error.message === "image manipulation features are not supported for 'text/plain'")
  for (const query of ['w=0', 'w=-1', 'w=99999', 'q=101', 'f=gif', 'b=1000', 'h=ten']) assert.equal((await raw(query)).status, 400, query)
  const liar = await upload('<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>', 'a.png', 'image/png')
  await assert.rejects(nhost.storage.getFile(liar, { w: 10 }), (error) => error.status === 400)
})

test('a few bytes that claim to be millions of pixels cost nothing', async () => {
  const bomb = await upload(png(10, 10, { width: 30_000, height: 30_000 }), 'bomb.png', 'image/png')
  const began = Date.now()
  await assert.rejects(nhost.storage.getFile(bomb, { w: 10 }), (error) => error.status === 413)
  assert.ok(Date.now() - began < 5_000)
  const thread = await upload(png(1, 4_000), 'thread.png', 'image/png')
  await assert.rejects(nhost.storage.getFile(thread, { w: 16_000 }), (error) => error.status === 413)
})
