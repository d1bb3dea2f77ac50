// A certified OpenID provider (npm: oidc-provider) with one client, ours, and people who are whoever they say.
// usage: openid_provider.mjs CERTIFICATE KEY PORT CALLBACK SECRET_FILE
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { Provider } from 'oidc-provider'

const [certificate, key, port, callback, secretFile] = process.argv.slice(2)
const issuer = `https://localhost:${port}`

/** "anna+unverified@example.com" has not proven the address. */
const claims = (email) => ({ sub: `subject-of-${email}`, email, email_verified: !email.includes('+unverified'), name: `Name of ${email}`,
  picture: 'http://169.254.169.254/latest/meta-data' })

const provider = new Provider(issuer, {
  clients: [{ client_id: 'busflow', client_secret: readFileSync(secretFile, 'utf8').trim(), redirect_uris: [callback], grant_types: ['authorization_code'],
    response_types: ['code'] }],
  findAccount: (_context, email) => ({ accountId: email, claims: () => claims(email) }),
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'picture'] },
  conformIdTokenClaims: false,
  pkce: { required: () => true },
  cookies: { keys: ['for tests'] },
})
createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, provider.callback()).listen(Number(port), '127.0.0.1', () => console.log('ready'))
