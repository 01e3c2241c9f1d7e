/** Fault cases of lasting differences between tenants: how they return names, dates and lists. */
import { hour } from '../../src/clock.ts';
import { beforeFirst, type FaultCases, once, rule } from './fault_case.ts';

/** How it returns names. */
const names: FaultCases = {
  'file names come back in capitals': { sandbox: { names: 'upper' } },
  'file names come back after a path': { sandbox: { names: 'path' } },
  'file names come back with a space and a suffix': { sandbox: { names: 'suffix' } },
  'file names come back cut to 32 characters': { sandbox: { names: 'cut_32' } },
  'file names come back cut to 32 characters, and every answer is lost': {
    sandbox: { names: 'cut_32' },
    script: [rule('submit', { kind: 'accept_then_drop' })],
  },
  'file names do not come back': { sandbox: { names: 'missing' }, insertEnds: ['insert_unrecognised'] },
  'file names do not come back, and the first answer is lost': {
    sandbox: { names: 'missing' },
    script: [rule('submit', { kind: 'accept_then_drop' }, once)],
    insertEnds: ['insert_unrecognised', 'insert_uncertain'],
  },
  'objects come back in capitals': { sandbox: { objectNames: 'upper' } },
  'objects come back by their labels, and file names in small letters': {
    sandbox: { objectNames: 'label', names: 'lower' },
  },
  'objects come back by their labels, and every answer is lost': {
    sandbox: { objectNames: 'label' },
    script: [rule('submit', { kind: 'accept_then_status', status: 503 })],
  },
};

/** How much of its list it returns. */
const lists: FaultCases = {
  'the list holds no records': {
    script: [rule('list', { kind: 'list_without_records' })],
    insertEnds: ['insert_without_list'],
  },
  'the list holds no records, but their total': {
    script: [rule('list', { kind: 'list_without_records', keepsTotal: true })],
    insertEnds: ['insert_without_list'],
  },
  'the oldest job is missing from the list': {
    script: [
      rule('list', { kind: 'foreign_jobs', count: 3, object: 'case' }, beforeFirst),
      rule('list', { kind: 'list_short' }),
    ],
    insertEnds: ['insert_without_list'],
  },
  'jobs of the list have no id': {
    script: [rule('list', { kind: 'list_without_ids' })],
    insertEnds: ['insert_without_list'],
  },
  'every page of the list is the first': {
    sandbox: { listPageMax: 2 },
    script: [
      rule('list', { kind: 'foreign_jobs', count: 5, object: 'case' }, beforeFirst),
      rule('list', { kind: 'list_ignores_offset' }),
    ],
    insertEnds: ['insert_without_list'],
  },
  'the list is cut short once, when the first answer is lost': {
    script: [
      rule('submit', { kind: 'accept_then_drop' }, once),
      rule('list', { kind: 'list_without_records', keepsTotal: true }, { nth: 4 }),
    ],
  },
};

/** Which job its answers are about. */
const others: FaultCases = {
  'the second submission is answered with the previous job': {
    script: [rule('submit', { kind: 'other_job' }, { nth: 2 })],
  },
  // In the first answer it is a job that another client creates at that moment, which no list has shown before.
  'each submission is answered with the first job': { script: [rule('submit', { kind: 'other_job' })] },
  'each submission is answered with a job that another client creates at that moment': {
    script: [rule('submit', { kind: 'other_job', isNew: true })],
  },
  'each poll except the first is answered with another job, without its id': {
    script: [rule('status', { kind: 'other_job', isNew: true, withoutId: true }, { nth: 2, times: 3 })],
  },
  'each poll except the first is answered with the first job': {
    script: [rule('status', { kind: 'other_job' }, { nth: 2, times: 1e6 })],
    ends: ['gainsight_unavailable'],
  },
};

/** How it writes dates. */
const dates: FaultCases = {
  'dates have no zone, and are local to one behind UTC': { sandbox: { dates: 'local', zoneOffset: -8 * hour } },
  'dates have no zone, and are local to one ahead of UTC': { sandbox: { dates: 'local', zoneOffset: 5.5 * hour } },
  'dates have no time': { sandbox: { dates: 'date' } },
  'dates are numbers': { sandbox: { dates: 'epoch' } },
  'dates cannot be read': { sandbox: { dates: 'words' } },
  'running jobs have an end date': {
    script: [
      rule('submit', { kind: 'completed_date_ahead' }),
      rule('submit', { kind: 'stay_in_progress', seconds: 90 }, once),
    ],
  },
};

/** All of them. */
export const faultCasesOfHabits: FaultCases = { ...names, ...lists, ...others, ...dates };
