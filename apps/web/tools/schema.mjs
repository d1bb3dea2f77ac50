// Writes schema.graphql as the running product shows it to a dispatcher, through the introspection that code generators use.
// With --check it only says whether the file is up to date. `make schema` starts the product for it.
import { readFile, writeFile } from 'node:fs/promises'
import { buildClientSchema, getIntrospectionQuery, printSchema } from 'graphql'

const address = process.env.BUSFLOW_URL
if (!address) throw new Error('BUSFLOW_URL is not set: run `make schema`, which starts the product and sets it')

async function post(path, body, headers = {}) {
  const response = await fetch(address + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
  return response.json()
}

const account = { email: 'dispatcher@bruning.example', password: 'busflow-demo' }
const { session, message } = await post('/v1/auth/signin/email-password', account)
if (!session) throw new Error(`cannot sign in: ${message}`)
const answer = await post(
  '/v1/graphql',
  { query: getIntrospectionQuery() },
  { authorization: `Bearer ${session.accessToken}` },
)
if (answer.errors) throw new Error(`the introspection failed: ${JSON.stringify(answer.errors)}`)
const text = printSchema(buildClientSchema(answer.data)) + '\n'

const file = new URL('../schema.graphql', import.meta.url)
if (process.argv.includes('--check')) {
  const written = await readFile(file, 'utf8')
  if (written !== text) throw new Error('apps/web/schema.graphql is not what the server serves: run `make schema`')
  console.log('schema: up to date')
} else {
  await writeFile(file, text)
  console.log(`schema: ${text.split('\n').length} lines written`)
}
