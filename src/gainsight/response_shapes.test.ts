import t from 'tap';
import { jobOf, jobPageOf } from './response.ts';

const job = {
  ...{ jobId: 'J1', objectName: 'Company', status: 'COMPLETED', fileName: 'a.csv' },
  ...{ createdDate: '2026-01-01T00:00:00Z', completedDate: '2026-01-01T00:00:01Z' },
  ...{ totalRecords: 3, processedRecords: 3, successCount: 2, failureCount: 1 },
};

t.test('a job of the contract is taken as it is', async (t) => {
  t.same(jobOf(job), job);
  t.same(jobOf({ ...job, constructor: 1, more: [] }), job, 'and nothing else');
  t.same(jobOf(JSON.parse('{"__proto__":{"jobId":"J1"},"jobId":null}')), {}, 'nor from elsewhere');
});

t.test('only an id that addresses this job and nothing else is a job id', async (t) => {
  for (const jobId of ['J1', 'a b/../c?x#y', 'é😀', '__proto__', '...', 'x'.repeat(200), 'a.b'])
    t.equal(jobOf({ jobId })?.jobId, jobId);
  t.equal(jobOf({ jobId: 17 })?.jobId, '17');
  for (const jobId of ['', '.', '..', 'a\nb', 'a\0', '\ud800', '\u202e', 'x'.repeat(201), {}, [], true, 1.5, null])
    t.equal(jobOf({ jobId })?.jobId, undefined, JSON.stringify(jobId));
});

t.test('invalid values of other fields count as absent, but an invalid count does not', async (t) => {
  for (const odd of [null, {}, [], true, '']) {
    const { successCount, failureCount, ...fields } = job;
    const all = Object.fromEntries(Object.keys(fields).map((name) => [name, odd]));
    t.same(jobOf(all), {}, JSON.stringify(odd));
  }
  for (const processedRecords of [-1, 1e300, 0.5, '3']) t.same(jobOf({ processedRecords }), {});
  t.equal(jobOf({ createdDate: 1_767_225_600_000 })?.createdDate, '1767225600000', 'a date may be a number');
  t.same(jobOf({ status: 'x'.repeat(501) }), {});
  t.same(jobOf({ successCount: null, failureCount: undefined }), {});
  t.same(jobOf({ successCount: '2', failureCount: {} }), { successCount: Number.NaN, failureCount: Number.NaN });
  t.same(jobOf({ successCount: -5, failureCount: 1e308 }), { successCount: -5, failureCount: 1e308 });
});

t.test('what is neither a job nor a list', async (t) => {
  for (const odd of [null, undefined, 5, 'J1', true, [job]]) t.equal(jobOf(odd), undefined);
  for (const odd of [null, undefined, 5, 'J1', true, [job], { records: {} }, { records: 'x' }])
    t.equal(jobPageOf(odd), undefined, JSON.stringify(odd));
  t.same(jobPageOf({}), {}, 'without records it is not an empty list');
  t.same(jobPageOf({ records: null, totalCount: 7 }), { totalCount: 7 });
  t.same(jobPageOf({ records: [job, null, 5, []], totalCount: 4 }), { records: [job, {}, {}, {}], totalCount: 4 });
  for (const totalCount of ['7', -1, 0.5, Number.NaN, {}]) t.same(jobPageOf({ totalCount }), {});
});
