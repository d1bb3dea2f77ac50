// Chromium, and the steps that several tests share.
import { chromium } from 'playwright-core'
import { address, password } from './product.mjs'

export const launch = () =>
  chromium.launch({
    executablePath: process.env.BUSFLOW_CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--disable-dev-shm-usage',
      // Where the product is at, when it is behind an edge of its own: separated by |, as addresses hold commas.
      ...(process.env.CHROMIUM_ARGUMENTS ?? '').split('|').filter(Boolean),
    ],
  })

/** A window of its own, as another person would have it. What goes wrong inside the page fails the test. */
export async function openWindow(browser, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, baseURL: address, ...options })
  const page = await context.newPage()
  page.faults = []
  page.on('pageerror', (error) => page.faults.push(String(error)))
  return page
}

/** Fills and sends the form that the page shows: the workspace's, and that of the job queues. */
export async function submitSignIn(page, email, secret = password) {
  await page.getByLabel('E-mail').fill(email)
  await page.getByLabel('Password').fill(secret)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

export async function signIn(page, email) {
  await page.goto('/')
  await submitSignIn(page, email)
  await page.getByRole('heading', { name: 'Coming departures' }).waitFor()
  await page.getByTestId('departures-table').waitFor()
}

export const row = (page, id) => page.locator(`[data-departure-id="${id}"]`)

export const connectionIs = (page, state) => page.locator(`[data-testid=status-strip][data-connection=${state}]`).waitFor()
