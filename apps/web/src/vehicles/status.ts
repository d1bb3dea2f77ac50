/** The states of a vehicle. Only one that is in service can take departures. */
export const VEHICLE_STATUSES = { ACTIVE: 'In service', MAINTENANCE: 'In the garage', RETIRED: 'Retired' } as const

/** Seats as they are typed; the server allows 1 to 120. */
export function readSeats(text: string): number | null {
  const seats = Number(text)
  return Number.isInteger(seats) && seats >= 1 && seats <= 120 ? seats : null
}
