// Uploads looked at by a real ClamAV daemon, whose only signature is ours.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as tus from 'tus-js-client'
import { person, url } from './support.mjs'

const infected = 'harmless words, then BUSFLOW-TEST-VIRUS, and on'
const refused = (error) => error.status === 403 && /^virus found: Busflow\.Test/.test(error.body.error.message)

test('an infected file does not become one, and others do', async () => {
  const { nhost } = await person()
  const upload = (text) => nhost.storage.uploadFiles({ 'file[]': [new File([text], 'a.txt', { type: 'text/plain' })] })
  const clean = (await upload('harmless words')).body.processedFiles[0]
  await assert.rejects(upload(infected), refused)
  await assert.rejects(nhost.storage.replaceFile(clean.id, { file: new File([infected], 'a.txt') }), refused)
  assert.equal(await (await nhost.storage.getFile(clean.id)).body.text(), 'harmless words')
})

test('neither does one that comes in pieces', async () => {
  const { nhost } = await person()
  let address
  const headers = { authorization: `Bearer ${nhost.getUserSession().accessToken}` }
  await assert.rejects(new Promise((resolve, reject) => new tus.Upload(Buffer.from(infected), { endpoint: `${url}/v1/storage/resumable`, headers,
    chunkSize: 25, retryDelays: null, onSuccess: resolve, onError: reject }).start()), (error) => {
    address = error.originalRequest.getURL()
    return /virus found/.test(error.message)
  })
  const now = await fetch(address, { method: 'HEAD', headers: { ...headers, 'tus-resumable': '1.0.0' } })
  assert.equal(now.status, 404, 'the upload is over')
})
