const DAY = new Intl.DateTimeFormat('en-GB', {
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  timeZone: 'UTC',
})
const MOMENT = new Intl.DateTimeFormat('en-GB', {
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  timeZone: 'Europe/Berlin',
})

/** A calendar day such as "2027-05-01". */
export const formatDay = (day: string): string => DAY.format(new Date(`${day}T00:00:00Z`))

/** From the first to the last day. */
export const formatDays = (first: string, last: string): string =>
  first === last ? formatDay(first) : `${formatDay(first)} – ${formatDay(last)}`

/** A moment, on the clocks of the operators. */
export const formatMoment = (moment: string): string => MOMENT.format(new Date(moment))

export const formatMoney = (cents: number, currency: string): string =>
  new Intl.NumberFormat('de-DE', { style: 'currency', currency }).format(cents / 100)

/** Today on the clocks of the operators, as "2027-05-01". */
export const today = (now = new Date()): string =>
  new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/Berlin' }).format(now)

/** `days` after `day`. */
export function addDays(day: string, days: number): string {
  const date = new Date(`${day}T00:00:00Z`)
  date.setUTCDate(date.getUTCDate() + days)
  return date.toISOString().slice(0, 10)
}
