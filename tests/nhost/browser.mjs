// As much of a browser as a sign-in through other servers needs: it keeps cookies by origin and path, and follows redirects.
export class Browser {
  #cookies = []

  #cookiesFor(url) {
    return this.#cookies.filter((one) => one.host === url.hostname && url.pathname.startsWith(one.path)).map((one) => `${one.name}=${one.value}`).join('; ')
  }

  #keep(url, line) {
    const [pair, ...attributes] = line.split(';').map((part) => part.trim())
    const at = pair.indexOf('=')
    const path = attributes.find((one) => /^path=/i.test(one))?.slice(5) ?? '/'
    const cookie = { host: url.hostname, path, name: pair.slice(0, at), value: pair.slice(at + 1), attributes }
    this.#cookies = this.#cookies.filter((one) => one.host !== cookie.host || one.path !== path || one.name !== cookie.name)
    if (cookie.value) this.#cookies.push(cookie)
  }

  cookie(name) {
    return this.#cookies.find((one) => one.name === name)
  }

  /** One request; redirects are answers. */
  async open(address, form) {
    const url = new URL(address)
    const answer = await fetch(url, { method: form ? 'POST' : 'GET', redirect: 'manual', headers: { cookie: this.#cookiesFor(url) },
      body: form && new URLSearchParams(form) })
    for (const line of answer.headers.getSetCookie()) this.#keep(url, line)
    const location = answer.headers.get('location')
    return { status: answer.status, url: url.href, location: location && new URL(location, url).href, text: await answer.text() }
  }

  /** Follows redirects until a page comes, or until an address begins with one of `stops`. */
  async follow(address, stops, form) {
    let answer = await this.open(address, form)
    while (answer.location && !stops.some((stop) => answer.location.startsWith(stop))) answer = await this.open(answer.location)
    return answer
  }

  /** Signs in at the provider as `email`, agrees to everything, and gives the address it sends us back to. */
  async passProvider(address, email, callback) {
    let page = await this.follow(address, [callback])
    for (const form of [{ prompt: 'login', login: email, password: 'any' }, { prompt: 'consent' }]) {
      if (page.location) break
      if (page.status !== 200) throw new Error(`${page.status}: ${page.text}`)
      page = await this.follow(page.url, [callback], form)
    }
    return page.location
  }
}
