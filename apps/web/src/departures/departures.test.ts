import { describe, expect, it } from 'vitest'
import { applyTemplate, emptyForm, toInput, validate } from './departure_form'
import { addDays, formatDays, formatMoment, formatMoney, today } from './format'
import { allowedActions, statusLabel } from './status'

describe('what a status allows', () => {
  it('leads from draft to ready to published', () => {
    expect(allowedActions('DRAFT')).toEqual({ edit: true, markReady: true, publish: false, cancel: true })
    expect(allowedActions('READY')).toEqual({ edit: true, markReady: false, publish: true, cancel: true })
    expect(allowedActions('PUBLISHED')).toEqual({ edit: false, markReady: false, publish: false, cancel: true })
  })
  it('ends with cancelled', () => {
    expect(Object.values(allowedActions('CANCELLED'))).toEqual([false, false, false, false])
  })
  it('shows a status it does not know as it is', () => expect(statusLabel('PAUSED')).toBe('PAUSED'))
})

describe('formatting', () => {
  it('shows one day once', () => {
    expect(formatDays('2027-05-01', '2027-05-01')).toBe('Sat, 1 May 2027')
    expect(formatDays('2027-05-01', '2027-05-04')).toBe('Sat, 1 May 2027 – Tue, 4 May 2027')
  })
  it('shows moments on the operators’ clocks', () => {
    expect(formatMoment('2027-05-01T05:00:00+00:00')).toContain('07:00')
    expect(formatMoment('2027-12-01T05:00:00+00:00')).toContain('06:00')
  })
  it('shows money', () => expect(formatMoney(39900, 'EUR')).toBe('399,00\u00a0€'))
  it('adds days across months and clock changes', () => {
    expect(addDays('2027-02-27', 3)).toBe('2027-03-02')
    expect(addDays('2027-03-27', 2)).toBe('2027-03-29')
  })
  it('knows which day it is in Berlin', () => {
    expect(today(new Date('2027-05-01T22:30:00Z'))).toBe('2027-05-02')
  })
})

describe('the departure form', () => {
  const filled = { ...emptyForm(), tourTemplateId: 't', startDate: '2027-05-01', endDate: '2027-05-04', capacity: '45' }

  it('accepts what is complete', () => expect(validate(filled, 49)).toEqual({}))
  it('names what is missing', () => {
    expect(Object.keys(validate(emptyForm()))).toEqual(['tourTemplateId', 'startDate'])
  })
  it('refuses an end before the start', () => {
    expect(validate({ ...filled, endDate: '2027-04-30' }).endDate).toContain('before')
  })
  it('refuses a capacity that is no number or beyond the seats', () => {
    for (const capacity of ['0', '-1', '1.5', '101', 'many'])
      expect(validate({ ...filled, capacity }).capacity).toBeDefined()
    expect(validate(filled, 30).capacity).toBe('The vehicle has 30 seats.')
  })
  it('takes duration and capacity from the template', () => {
    const template = { duration_days: 4, default_capacity: 44 }
    const values = applyTemplate({ ...emptyForm(), startDate: '2027-05-01' }, template)
    expect(values).toMatchObject({ endDate: '2027-05-04', capacity: '44' })
    expect(applyTemplate({ ...values, capacity: '20' }, template).capacity).toBe('20')
  })
  it('sends nothing for what is empty', () => {
    expect(toInput({ ...filled, notes: '  ' })).toEqual({
      start_date: '2027-05-01',
      end_date: '2027-05-04',
      capacity: 45,
      vehicle_id: null,
      driver_id: null,
      notes: null,
    })
  })
})
