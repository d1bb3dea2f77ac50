import { addDays } from './format'

/** What the form holds: texts, as inputs give them. */
export interface FormValues {
  tourTemplateId: string
  startDate: string
  endDate: string
  capacity: string
  vehicleId: string
  driverId: string
  notes: string
}

export type FormErrors = Partial<Record<keyof FormValues, string>>

export const emptyForm = (): FormValues => ({
  tourTemplateId: '',
  startDate: '',
  endDate: '',
  capacity: '',
  vehicleId: '',
  driverId: '',
  notes: '',
})

export interface TemplateDefaults {
  duration_days: number
  default_capacity: number
}

/** Fills what the template decides, where nobody has decided otherwise. */
export function applyTemplate(values: FormValues, template: TemplateDefaults): FormValues {
  return {
    ...values,
    capacity: values.capacity || String(template.default_capacity),
    endDate: values.startDate ? addDays(values.startDate, template.duration_days - 1) : values.endDate,
  }
}

const LARGEST_CAPACITY = 100

export function validate(values: FormValues, seatCount?: number): FormErrors {
  const errors: FormErrors = {}
  if (!values.tourTemplateId) errors.tourTemplateId = 'Choose the tour.'
  if (!values.startDate) errors.startDate = 'Enter the first day.'
  if (values.endDate && values.startDate && values.endDate < values.startDate) {
    errors.endDate = 'The last day lies before the first.'
  }
  const capacity = Number(values.capacity)
  if (values.capacity && (!Number.isInteger(capacity) || capacity < 1 || capacity > LARGEST_CAPACITY)) {
    errors.capacity = `Enter a whole number from 1 to ${LARGEST_CAPACITY}.`
  } else if (seatCount !== undefined && values.capacity && capacity > seatCount) {
    errors.capacity = `The vehicle has ${seatCount} seats.`
  }
  return errors
}

const orNull = (text: string): string | null => (text === '' ? null : text)

/** The part of the input that creating and updating share. */
export const toInput = (values: FormValues) => ({
  start_date: values.startDate,
  end_date: orNull(values.endDate),
  capacity: values.capacity ? Number(values.capacity) : null,
  vehicle_id: orNull(values.vehicleId),
  driver_id: orNull(values.driverId),
  notes: orNull(values.notes.trim()),
})
