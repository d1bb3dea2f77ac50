// Takes the README's pictures: `make pictures`.
import { fileURLToPath } from 'node:url'
import { connectionIs, launch, openWindow, signIn } from './support/browser.mjs'
import { dispatcher } from './support/product.mjs'

const picture = (name) => fileURLToPath(new URL(`../../docs/images/${name}.png`, import.meta.url))

const browser = await launch()
const page = await openWindow(browser)
await signIn(page, dispatcher)
await connectionIs(page, 'live')
await page.screenshot({ path: picture('departures') })
await page.getByTestId('departure-row').filter({ hasText: 'Published' }).first().getByRole('link').click()
await page.getByTestId('service-legs').waitFor()
await page.screenshot({ path: picture('departure') })
await browser.close()
