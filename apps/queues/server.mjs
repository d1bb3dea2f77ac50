// The HTTP side: nobody gets past it who is not staff, and no other site can act through a staff member's browser.
import { parseCookie, stringifySetCookie } from 'cookie'
import express from 'express'
import { Refusal } from './staff_sessions.mjs'
import { signInPage } from './sign_in_page.mjs'

export const PATH = '/admin/queues'
/** All pages for staff are below; one sign-in is for all of them. */
const STAFF_AREA = '/admin/'
const COOKIE = 'busflow_staff'

export function createServer({ board, sessions }) {
  const app = express()
  app.disable('x-powered-by')
  app.set('trust proxy', 'loopback, uniquelocal') // Nginx on the same machine, Traefik in the same network
  app.use(securityHeaders)
  app.get('/healthz', (request, response) => response.json({ status: 'ok' }))
  // What Traefik asks before it lets somebody through to another page for staff (forwardAuth): its address is in X-Forwarded-Uri.
  app.get('/admin/check', forwarded, staffOnly(sessions), (request, response) => response.status(204).end())

  const area = express.Router()
  area.use(refuseOtherSites)
  area.post('/sign-in', express.urlencoded({ extended: false, limit: '8kb' }), signIn(sessions))
  area.post('/sign-out', signOut(sessions))
  area.use(staffOnly(sessions), lookFirst(board), board.router)
  app.use(PATH, area)
  app.use(PATH, reportProblem)
  return app
}

function securityHeaders(request, response, next) {
  response.set({ 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff', 'Referrer-Policy': 'same-origin' })
  next()
}

const cookieOf = (request) => parseCookie(request.headers.cookie ?? '')[COOKIE]

function setCookie(request, response, value) {
  response.append('Set-Cookie', stringifySetCookie({
    name: COOKIE, value, path: STAFF_AREA, httpOnly: true, sameSite: 'strict', secure: request.secure, maxAge: value ? undefined : 0,
  }))
}

/** A browser names the site that a request comes from; one that changes something must come from our own. */
function refuseOtherSites(request, response, next) {
  if (request.method === 'GET' || request.method === 'HEAD') return next()
  const origin = request.headers.origin
  const isOurs = origin ? URL.canParse(origin) && new URL(origin).host === request.headers.host : request.headers['sec-fetch-site'] === undefined
  if (isOurs) return next()
  response.status(403).json({ error: 'The request comes from another site.' })
}

const signIn = (sessions) => async (request, response) => {
  const { email = '', password = '', next = '' } = request.body ?? {}
  try {
    setCookie(request, response, await sessions.signIn(String(email), String(password)))
    response.redirect(303, ownPage(next))
  } catch (problem) {
    if (!(problem instanceof Refusal)) throw problem
    showSignIn(response, problem.status, { problem: problem.message, email: String(email), next: ownPage(next) })
  }
}

const signOut = (sessions) => async (request, response) => {
  await sessions.signOut(cookieOf(request))
  setCookie(request, response, '')
  response.redirect(303, PATH)
}

/** A page for staff on this very site; anything else becomes our own page. */
function ownPage(address) {
  const path = String(address)
  return path.startsWith(STAFF_AREA) && /^[\w/?&=.~%-]+$/.test(path) && !path.includes('//') ? path : PATH
}

/** The request that Traefik asks about, instead of its question. */
function forwarded(request, response, next) {
  request.page = ownPage(request.get('x-forwarded-uri') ?? '')
  const method = request.get('x-forwarded-method') ?? 'GET'
  request.isPage = method === 'GET' || method === 'HEAD'
  next()
}

const staffOnly = (sessions) => async (request, response, next) => {
  if (await sessions.find(cookieOf(request))) return next()
  const isPage = request.isPage ?? request.method === 'GET'
  if (isPage && request.accepts(['html', 'json']) === 'html') return showSignIn(response, 401, { next: request.page ?? PATH })
  response.status(401).json({ error: `Sign in first: ${PATH}` })
}

const lookFirst = (board) => async (request, response, next) => {
  if (!request.path.startsWith('/static/')) await board.look()
  next()
}

function showSignIn(response, status, page) {
  response.status(status).type('html').send(signInPage({ action: `${PATH}/sign-in`, ...page }))
}

// Express knows a handler of errors by its four parameters.
function reportProblem(problem, request, response, next) {
  if (response.headersSent) return next(problem)
  if (problem instanceof Refusal) return response.status(problem.status).json({ error: problem.message })
  const isOutage = /ECONN|ENOENT|Connection is closed|max retries/i.test(`${problem.code} ${problem.message}`)
  if (!isOutage) console.error(JSON.stringify({ level: 'error', message: 'request failed', path: request.path, error: problem.stack }))
  response.status(isOutage ? 503 : 500).json({ error: isOutage ? 'Redis cannot be reached.' : 'Something went wrong; the log says what.' })
}
