import t from 'tap';
import { formatDateTime } from './datetimes.ts';

const cases: readonly [text: string, iso: string | undefined][] = [
  ['2024-02-29T12:34:56Z', '2024-02-29T12:34:56.000Z'],
  ['2024-02-29t12:34:56.7z', '2024-02-29T12:34:56.700Z'],
  ['2024-02-29 12:34:56.789999', '2024-02-29T12:34:56.789Z'],
  ['2024-02-29T12:34:56', '2024-02-29T12:34:56.000Z'],
  ['2024-02-29T12:34:56.123456789+02:00', '2024-02-29T10:34:56.123Z'],
  ['2024-01-01T00:30:00+0530', '2023-12-31T19:00:00.000Z'],
  ['2024-12-31T23:30:00-01', '2025-01-01T00:30:00.000Z'],
  ['1969-12-31T23:59:59.9999Z', '1969-12-31T23:59:59.999Z'],
  ['0000-01-01T00:00:00Z', '0000-01-01T00:00:00.000Z'],
  ['0050-06-01T00:00:00Z', '0050-06-01T00:00:00.000Z'],
  ['9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z'],
  ['0000-01-01T00:00:00+01:00', undefined],
  ['9999-12-31T23:59:59-01:00', undefined],
  ['2023-02-29T12:34:56Z', undefined],
  ['2024-13-01T00:00:00Z', undefined],
  ['2024-01-01T24:00:00Z', undefined],
  ['2024-01-01T12:60:00Z', undefined],
  ['2024-01-01T12:00:00+24:00', undefined],
  ['2024-01-01T12:00:00+01:60', undefined],
  ['0044-03-15T12:00:00Z BC', undefined],
  ['2024-01-01', undefined],
  ['12:00:00', undefined],
  ['12024-01-01T00:00:00Z', undefined],
  ['yesterday', undefined],
  ['', undefined],
];

t.test('a date-time becomes UTC with milliseconds', async (t) => {
  for (const [text, iso] of cases) {
    t.equal(formatDateTime(text, 'iso_utc_milliseconds'), iso, text);
    const epoch = formatDateTime(text, 'epoch_milliseconds');
    t.equal(epoch, iso === undefined ? undefined : String(Date.parse(iso)), `${text} as milliseconds`);
  }
});
