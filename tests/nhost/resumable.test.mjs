// tus-js-client, unchanged: uploads that are cut in the middle go on where they were.
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { connect, createServer } from 'node:net'
import { test } from 'node:test'
import * as tus from 'tus-js-client'
import { client, person, url } from './support.mjs'

const endpoint = `${url}/v1/storage/resumable`
const headersOf = (nhost) => ({ authorization: `Bearer ${nhost.getUserSession().accessToken}` })
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex')
const idOf = (upload) => upload.url.split('/').pop()

/** Runs an upload to its end, or to its error. */
const run = (bytes, options) => new Promise((resolve, reject) => {
  const upload = new tus.Upload(bytes, { endpoint, retryDelays: null, ...options, onSuccess: () => resolve(upload), onError: reject })
  upload.start()
})

/** A way to the server that takes so many bytes and no more, until it is cut; after that it is a way like any other. */
async function narrowWay(bytes) {
  const { hostname, port } = new URL(url)
  let left = bytes
  const held = new Set()
  const server = createServer((here) => {
    const there = connect(Number(port), hostname)
    held.add(here)
    here.on('data', (data) => {
      left -= data.length
      if (!there.write(data) || left <= 0) here.pause()
    })
    there.on('drain', () => left > 0 && here.resume())
    there.on('data', (data) => here.write(data))
    for (const [one, other] of [[here, there], [there, here]]) one.on('error', () => {}).on('close', () => other.destroy())
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const cut = () => {
    left = Infinity
    for (const one of held) one.destroy()
  }
  return { address: `http://127.0.0.1:${server.address().port}`, cut, close: () => server.close() }
}

/** How much of an upload the server has, once it is at least `least`. */
async function kept(address, headers, least) {
  for (const end = Date.now() + 20_000; Date.now() < end;) {
    const answer = await fetch(address, { method: 'HEAD', headers: { ...headers, 'tus-resumable': '1.0.0' } })
    const offset = Number(answer.headers.get('upload-offset'))
    if (offset >= least) return offset
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`the server has not kept ${least} bytes`)
}

test('an upload makes a file of its id, name, type and metadata', async () => {
  const { nhost } = await person()
  const bytes = randomBytes(3_000_000)
  const upload = await run(bytes, { headers: headersOf(nhost),
    metadata: { filename: 'Fahrplan ü.pdf', filetype: 'application/pdf', metadata: JSON.stringify({ trip: 7 }) } })
  const answer = await nhost.storage.getFile(idOf(upload))
  assert.equal(sha256(Buffer.from(await answer.body.arrayBuffer())), sha256(bytes))
  assert.equal(answer.headers.get('content-type'), 'application/pdf')
  assert.match(answer.headers.get('content-disposition'), /Fahrplan%20%C3%BC\.pdf/)
})

test('an upload that is cut in the middle goes on where it was', async () => {
  const { nhost } = await person()
  const bytes = randomBytes(30_000_000)
  const begun = await fetch(endpoint, { method: 'POST', headers: { ...headersOf(nhost), 'tus-resumable': '1.0.0', 'upload-length': String(bytes.length) } })
  assert.equal(begun.status, 201)
  const address = begun.headers.get('location')
  const path = new URL(address).pathname
  const way = await narrowWay(20_000_000)
  const offsets = []
  const uploading = run(bytes, { uploadUrl: `${way.address}${path}`, headers: headersOf(nhost), retryDelays: [100, 200, 400, 800, 1600],
    onAfterResponse: (request, response) => request.getMethod() === 'HEAD' && offsets.push(Number(response.getHeader('Upload-Offset'))) })
  await kept(address, headersOf(nhost), 16_000_000)
  way.cut()
  const upload = await uploading
  way.close()
  assert.equal(offsets[0], 0)
  assert.ok(offsets.at(-1) >= 16_000_000 && offsets.at(-1) <= 20_100_000, `it went on at ${offsets.at(-1)}`)
  const answer = await nhost.storage.getFile(idOf(upload))
  assert.equal(sha256(Buffer.from(await answer.body.arrayBuffer())), sha256(bytes))
  // Who lost the last answer learns that all of it is there.
  const again = await fetch(`${url}${path}`, { method: 'HEAD', headers: { ...headersOf(nhost), 'tus-resumable': '1.0.0' } })
  assert.equal(again.headers.get('upload-offset'), String(bytes.length))
})

test('an upload in requests of a few bytes each, and one that is given up', async () => {
  const { nhost } = await person()
  const upload = await run(Buffer.from('hello resumable world'), { headers: headersOf(nhost), chunkSize: 5, metadata: { filename: 'a.txt' } })
  assert.equal(await (await nhost.storage.getFile(idOf(upload))).body.text(), 'hello resumable world')
  const begun = await fetch(endpoint, { method: 'POST', headers: { ...headersOf(nhost), 'tus-resumable': '1.0.0', 'upload-length': '10' } })
  await tus.Upload.terminate(begun.headers.get('location'), { headers: headersOf(nhost) })
  const gone = await fetch(begun.headers.get('location'), { method: 'HEAD', headers: { ...headersOf(nhost), 'tus-resumable': '1.0.0' } })
  assert.equal(gone.status, 404)
})

test('nobody else sees an upload, and what does not fit is refused by name', async () => {
  const { nhost } = await person()
  const call = (method, address, headers, body) => fetch(address, { method, body, headers: { 'tus-resumable': '1.0.0', ...headersOf(nhost), ...headers } })
  const { headers } = await call('POST', endpoint, { 'upload-length': '10' })
  const address = headers.get('location')
  const piece = { 'content-type': 'application/offset+octet-stream' }
  const stranger = (await person()).nhost
  assert.equal((await call('HEAD', address, headersOf(stranger))).status, 404)
  assert.equal((await call('PATCH', address, { ...piece, ...headersOf(stranger), 'upload-offset': '0' }, '12345')).status, 404)
  assert.equal((await call('HEAD', address, { authorization: '' })).status, 403)
  assert.equal((await call('PATCH', address, { ...piece, 'upload-offset': '5' }, '12345')).status, 409)
  assert.equal((await call('PATCH', address, { 'upload-offset': '0', 'content-type': 'text/plain' }, '12345')).status, 415)
  assert.equal((await call('PATCH', address, { ...piece, 'upload-offset': '0' }, 'more than ten bytes')).status, 413)
  assert.equal((await call('PATCH', address, { ...piece, 'upload-offset': 'x' }, '12345')).status, 400)
  assert.equal((await call('HEAD', address, { 'tus-resumable': '0.2.2' })).status, 412)
  assert.equal((await call('POST', endpoint, { 'upload-length': '50000001' })).status, 413)
  assert.equal((await call('POST', endpoint, { 'upload-length': '10', 'upload-metadata': 'filename !!' })).status, 400)
  assert.equal((await call('POST', endpoint, { 'upload-length': '10', 'upload-metadata': `bucket-id ${btoa('none')}` })).status, 404)
  const options = await fetch(endpoint, { method: 'OPTIONS' })
  assert.equal(options.headers.get('tus-extension'), 'creation,expiration,termination')
})

test('two that send the same part at once make one file', async () => {
  const { nhost } = await person()
  const headers = { 'tus-resumable': '1.0.0', ...headersOf(nhost) }
  const begun = await fetch(endpoint, { method: 'POST', headers: { ...headers, 'upload-length': '10' } })
  const send = () => fetch(begun.headers.get('location'), { method: 'PATCH', body: '0123456789',
    headers: { ...headers, 'upload-offset': '0', 'content-type': 'application/offset+octet-stream' } })
  const answers = (await Promise.all([send(), send(), send()])).map((answer) => answer.status).sort()
  assert.deepEqual(answers, [204, 409, 409])
  assert.equal(await (await client(nhost.sessionStorage.storage).storage.getFile(idOf({ url: begun.headers.get('location') }), {}, { headers: headersOf(nhost) })).body.text(), '0123456789')
})
