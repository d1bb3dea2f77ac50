// Nhost's SDK uploads and downloads. Run twice: with a folder and with an S3 server behind the product.
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { before, test } from 'node:test'
import { client, person, url } from './support.mjs'

const demo = async (email) => {
  const nhost = client()
  await nhost.auth.signInEmailPassword({ email, password: 'busflow-demo' })
  return nhost
}
const refused = async (promise) => {
  const error = await promise.then(() => assert.fail('it was not refused'), (caught) => caught)
  return { status: error.status, message: error.body?.error?.message }
}
const file = (bytes, name = 'Fahrplan.pdf', type = 'application/pdf') => new File([bytes], name, { type })
const upload = async (nhost, ...files) => (await nhost.storage.uploadFiles({ 'file[]': files })).body.processedFiles
const raw = (nhost, path, headers = {}, options = {}) => fetch(`${url}/v1/storage/files/${path}`, { ...options,
  headers: { authorization: `Bearer ${nhost.getUserSession().accessToken}`, ...headers } })
const bytesOf = async (answer) => Buffer.from(await answer.body.arrayBuffer())

let dispatcher, manager, driver, stranger
before(async () => {
  [dispatcher, manager, driver, stranger] = await Promise.all(['dispatcher@bruning.example', 'manager@bruning.example',
    'driver@bruning.example', 'dispatcher@nordlicht.example'].map(demo))
})

test('a file goes up and comes down', async () => {
  const bytes = randomBytes(100_000)
  const answer = await dispatcher.storage.uploadFiles({ 'bucket-id': 'default',
    'metadata[]': [{ name: 'Übersicht.pdf', metadata: { tour: 7 } }], 'file[]': [file(bytes)] })
  assert.equal(answer.status, 201)
  const [stored] = answer.body.processedFiles
  assert.equal(stored.name, 'Übersicht.pdf')
  assert.equal(stored.size, 100_000)
  assert.equal(stored.mimeType, 'application/pdf')
  assert.deepEqual(stored.metadata, { tour: 7 })
  assert.equal(stored.uploadedByUserId, dispatcher.getUserSession().user.id)
  const down = await dispatcher.storage.getFile(stored.id)
  assert.ok((await bytesOf(down)).equals(bytes))
  const head = await dispatcher.storage.getFileMetadataHeaders(stored.id)
  assert.equal(head.headers.get('content-length'), '100000')
  assert.equal(head.headers.get('etag'), stored.etag)
})

test('several files go up at once, each with its own announcement', async () => {
  const answer = await dispatcher.storage.uploadFiles({ 'metadata[]': [{ name: 'one' }, { name: 'two' }],
    'file[]': [file('1'), file('22')] })
  assert.deepEqual(answer.body.processedFiles.map(({ name, size }) => [name, size]), [['one', 1], ['two', 2]])
})

test('a large file passes through without being held', async () => {
  const piece = randomBytes(1 << 20)
  const bytes = Buffer.concat(Array.from({ length: 40 }, () => piece))
  const [stored] = await upload(dispatcher, file(bytes, 'large.bin', 'application/octet-stream'))
  const answer = await raw(dispatcher, stored.id)
  const digest = createHash('sha256')
  for await (const part of answer.body) digest.update(part)
  assert.equal(digest.digest('hex'), createHash('sha256').update(bytes).digest('hex'))
})

test('what a file is shows in its bytes when the client does not say', async () => {
  const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64')
  const [stored] = await upload(dispatcher, file(png, 'x', ''))
  assert.equal(stored.mimeType, 'image/png')
})

test('parts, versions and times are asked for as HTTP says', async () => {
  const [stored] = await upload(dispatcher, file('0123456789', 'ten.txt', 'text/plain'))
  const part = await raw(dispatcher, stored.id, { range: 'bytes=2-4' })
  assert.equal(part.status, 206)
  assert.equal(part.headers.get('content-range'), 'bytes 2-4/10')
  assert.equal(await part.text(), '234')
  assert.equal((await raw(dispatcher, stored.id, { range: 'bytes=10-' })).status, 416)
  assert.equal(await (await raw(dispatcher, stored.id, { range: 'bytes=0-1,3-4,5-6' })).text(), '0123456789', 'many ranges')
  assert.equal(await (await raw(dispatcher, stored.id, { range: 'bytes=2-4', 'if-range': '"other"' })).text(), '0123456789')
  for (const tag of [stored.etag, `W/${stored.etag}`, `"x", ${stored.etag}`, '*'])
    assert.equal((await raw(dispatcher, stored.id, { 'if-none-match': tag })).status, 304, tag)
  assert.equal((await raw(dispatcher, stored.id, { 'if-match': '"x"' })).status, 412)
  const modified = (await raw(dispatcher, stored.id)).headers.get('last-modified')
  assert.equal((await raw(dispatcher, stored.id, { 'if-modified-since': modified })).status, 304)
})

test('an address that is signed needs no token, for a while and for one file', async () => {
  const [stored, other] = await upload(dispatcher, file('signed'), file('other'))
  const { url: address, expiration } = (await dispatcher.storage.getFilePresignedURL(stored.id)).body
  assert.equal(expiration, 30)
  assert.equal(await (await fetch(address)).text(), 'signed')
  assert.equal((await fetch(address.replace(stored.id, other.id))).status, 403)
  assert.equal((await fetch(address.replace(/Expires=\d+/, 'Expires=9999999999'))).status, 403)
  assert.equal((await fetch(address.replace(/&X-Amz-Signature.*/, ''))).status, 403)
})

test('a file is replaced and keeps its id', async () => {
  const [stored] = await upload(dispatcher, file('before'))
  const replaced = (await dispatcher.storage.replaceFile(stored.id, { file: file('after!', 'new.txt', 'text/plain'),
    metadata: { name: 'new.txt' } })).body
  assert.equal(replaced.id, stored.id)
  assert.equal(replaced.name, 'new.txt')
  assert.notEqual(replaced.etag, stored.etag)
  assert.equal(await (await raw(dispatcher, stored.id)).text(), 'after!')
})

test('a file is deleted once', async () => {
  const [stored] = await upload(dispatcher, file('gone'))
  assert.equal((await dispatcher.storage.deleteFile(stored.id)).status, 204)
  assert.deepEqual(await refused(dispatcher.storage.getFile(stored.id)), { status: 404, message: 'file not found' })
  assert.equal((await refused(dispatcher.storage.deleteFile(stored.id))).status, 404)
})

test("an operator's files are its own", async () => {
  const [stored] = await upload(dispatcher, file('ours'))
  assert.equal((await refused(stranger.storage.getFile(stored.id))).status, 404)
  assert.equal((await refused(stranger.storage.deleteFile(stored.id))).status, 404)
  assert.equal((await refused(stranger.storage.replaceFile(stored.id, { file: file('theirs') }))).status, 404)
  assert.equal((await refused(stranger.storage.getFilePresignedURL(stored.id))).status, 404)
  // Not even its id is theirs to take.
  const taken = await refused(stranger.storage.uploadFiles({ 'metadata[]': [{ id: stored.id }], 'file[]': [file('theirs')] }))
  assert.equal(taken.status, 409)
  assert.equal(await (await raw(dispatcher, stored.id)).text(), 'ours')
})

test('drivers read what their operator has and change their own', async () => {
  const [theirs] = await upload(dispatcher, file('plan'))
  assert.equal(await (await raw(driver, theirs.id)).text(), 'plan')
  assert.equal((await refused(driver.storage.deleteFile(theirs.id))).status, 403)
  const [own] = await upload(driver, file('own'))
  assert.equal((await manager.storage.deleteFile(own.id)).status, 204)
})

test('who belongs to no operator has files of their own', async () => {
  const [{ nhost: anna }, { nhost: ben }] = [await person(), await person()]
  const [stored] = await upload(anna, file('private'))
  assert.equal(await (await raw(anna, stored.id)).text(), 'private')
  assert.equal((await refused(ben.storage.getFile(stored.id))).status, 404)
  assert.equal((await refused(dispatcher.storage.getFile(stored.id))).status, 404)
})

test('nobody uploads or downloads without a token', async () => {
  const [stored] = await upload(dispatcher, file('x'))
  assert.deepEqual(await refused(client().storage.uploadFiles({ 'file[]': [file('x')] })), { status: 403, message: 'you are not authorized' })
  assert.equal((await refused(client().storage.getFile(stored.id))).status, 403)
  const guest = client()
  await guest.auth.signInAnonymous({})
  assert.equal((await refused(guest.storage.uploadFiles({ 'file[]': [file('x')] }))).status, 403)
  const forged = await fetch(`${url}/v1/storage/files/${stored.id}`, { headers: { authorization: 'Bearer x.y.z' } })
  assert.equal(forged.status, 401)
})

test("a bucket's limits are said, and what went before stays", async () => {
  const answer = await refused(dispatcher.storage.uploadFiles({ 'file[]': [file('')] }))
  assert.equal(answer.status, 400)
  assert.match(answer.message, /too small/)
  const large = await refused(dispatcher.storage.uploadFiles({ 'file[]': [file(Buffer.alloc(50_000_001))] }))
  assert.equal(large.status, 413)
  assert.match(large.message, /too big/)
  assert.equal((await refused(dispatcher.storage.uploadFiles({ 'bucket-id': 'none', 'file[]': [file('x')] }))).status, 404)
  const partly = await dispatcher.storage.uploadFiles({ 'file[]': [file('good'), file('')] }).catch((error) => error)
  assert.deepEqual(partly.body.processedFiles.map(({ size }) => size), [4])
})

test('no name leads out of its folder, and no page runs as ours', async () => {
  const [stored] = await upload(dispatcher, file('<script>alert(1)</script>', '../../etc/passwd\r\nX: y', 'text/html'))
  assert.doesNotMatch(stored.name, /[/\\\r\n]/)
  const answer = await raw(dispatcher, stored.id)
  assert.match(answer.headers.get('content-disposition'), /^attachment; /)
  assert.match(answer.headers.get('content-security-policy'), /default-src 'none'.*sandbox/)
  assert.equal(answer.headers.get('x-content-type-options'), 'nosniff')
  const [svg] = await upload(dispatcher, file('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', 'a.svg', 'image/svg+xml'))
  assert.match((await raw(dispatcher, svg.id)).headers.get('content-disposition'), /^attachment; /)
})

test('a form that is malformed or cut is refused and leaves nothing', async () => {
  const send = (body, type) => raw(dispatcher, '', { 'content-type': type }, { method: 'POST', body }).then((answer) => answer.status)
  assert.equal(await fetch(`${url}/v1/storage/files`, { method: 'POST', body: '{}', headers: { 'content-type': 'application/json',
    authorization: `Bearer ${dispatcher.getUserSession().accessToken}` } }).then((answer) => answer.status), 415)
  assert.equal((await fetch(`${url}/v1/storage/files`, { method: 'POST', body: '--x\r\nContent-Disposition: form-data; name="file[]"; filename="a"\r\n\r\ncut',
    headers: { 'content-type': 'multipart/form-data; boundary=x', authorization: `Bearer ${dispatcher.getUserSession().accessToken}` } })).status, 400)
  assert.equal(await send('x', 'text/plain'), 404, 'no such route')
})
