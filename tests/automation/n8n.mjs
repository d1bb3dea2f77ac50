// n8n as the image runs it, and what its editor does when somebody imports and activates a workflow.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { until } from '../e2e/support/product.mjs'

export class N8n {
  #process
  #cookie
  #log = ''

  constructor({ folder, database, home, port, environment }) {
    this.url = `http://127.0.0.1:${port}`
    this.#process = spawn('node', [`${folder}/node_modules/n8n/bin/n8n`, 'start'], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env.PATH,
        N8N_USER_FOLDER: home,
        N8N_PORT: String(port),
        N8N_LISTEN_ADDRESS: '127.0.0.1',
        DB_TYPE: 'postgresdb',
        DB_POSTGRESDB_HOST: database,
        DB_POSTGRESDB_USER: 'postgres',
        DB_POSTGRESDB_DATABASE: 'postgres',
        DB_POSTGRESDB_SCHEMA: 'n8n',
        N8N_PUBLIC_API_DISABLED: 'true',
        N8N_DIAGNOSTICS_ENABLED: 'false',
        N8N_VERSION_NOTIFICATIONS_ENABLED: 'false',
        N8N_TEMPLATES_ENABLED: 'false',
        N8N_GIT_NODE_DISABLE_BARE_REPOS: 'true',
        NODE_FUNCTION_ALLOW_BUILTIN: 'crypto',
        N8N_BLOCK_ENV_ACCESS_IN_NODE: 'false',
        ...environment,
      },
    })
    for (const stream of [this.#process.stdout, this.#process.stderr]) stream.on('data', (text) => (this.#log = (this.#log + text).slice(-8000)))
  }

  get log() {
    return this.#log
  }

  async ready() {
    try {
      await until('n8n answers', async () => {
        if (this.#process.exitCode !== null) throw new Error('n8n ended')
        const answer = await fetch(`${this.url}/rest/settings`).catch(() => undefined)
        return answer?.ok && answer.headers.get('content-type')?.includes('json') // Until then it says that it starts.
      }, 120)
    } catch (problem) {
      throw new Error(`${problem.message}\n${this.#log}`)
    }
  }

  /** Becomes its owner, imports the file and activates it. */
  async activate(file) {
    const owner = { email: 'staff@busflow.example', firstName: 'Staff', lastName: 'Busflow', password: 'Busflow-demo-1' }
    await this.#ask('POST', '/rest/owner/setup', owner)
    const { name, nodes, connections, settings } = JSON.parse(await readFile(file, 'utf8'))
    const { id, versionId } = await this.#ask('POST', '/rest/workflows', { name, nodes, connections, settings, active: false })
    const { active } = await this.#ask('POST', `/rest/workflows/${id}/activate`, { versionId })
    assert.equal(active, true)
  }

  async stop() {
    this.#process.kill('SIGTERM')
    await new Promise((resolve) => (this.#process.exitCode === null && this.#process.signalCode === null ? this.#process.once('exit', resolve) : resolve()))
  }

  async #ask(method, path, body) {
    const answer = await fetch(this.url + path, {
      method,
      headers: { 'content-type': 'application/json', 'browser-id': 'test', ...(this.#cookie && { cookie: this.#cookie }) },
      body: JSON.stringify(body),
    })
    const text = await answer.text()
    assert.equal(answer.status, 200, `${method} ${path}: ${text}`)
    this.#cookie ??= answer.headers.get('set-cookie')?.split(';')[0]
    return JSON.parse(text).data
  }
}
