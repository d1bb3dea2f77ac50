/** The states of a departure, and what may be done in each; the server has the last word. */
export const STATUSES = ['DRAFT', 'READY', 'PUBLISHED', 'CANCELLED'] as const
export type Status = (typeof STATUSES)[number]

const LABELS: Record<Status, string> = {
  DRAFT: 'Draft',
  READY: 'Ready',
  PUBLISHED: 'Published',
  CANCELLED: 'Cancelled',
}
const SEVERITIES: Record<Status, 'secondary' | 'info' | 'success' | 'danger'> = {
  DRAFT: 'secondary',
  READY: 'info',
  PUBLISHED: 'success',
  CANCELLED: 'danger',
}

const isStatus = (text: string): text is Status => (STATUSES as readonly string[]).includes(text)

export const statusLabel = (status: string): string => (isStatus(status) ? LABELS[status] : status)
export const statusSeverity = (status: string) => (isStatus(status) ? SEVERITIES[status] : 'secondary')

export interface AllowedActions {
  edit: boolean
  markReady: boolean
  publish: boolean
  cancel: boolean
}

export const allowedActions = (status: string): AllowedActions => ({
  edit: status === 'DRAFT' || status === 'READY',
  markReady: status === 'DRAFT',
  publish: status === 'READY',
  cancel: status !== 'CANCELLED',
})
