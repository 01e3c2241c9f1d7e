/** The check of exchanges accepts what the contract allows and names what it does not. */
import t from 'tap';
import { type CheckedExchange, checkExchange } from './contract.ts';

const job = {
  ...{ jobId: 'J1', objectName: 'company', operation: 'UPSERT', status: 'COMPLETED', fileName: 'a.csv' },
  ...{ totalRecords: 2, processedRecords: 2, successCount: 1, failureCount: 1 },
  ...{ createdDate: '2026-03-04T10:30:00.000Z', completedDate: '2026-03-04T10:30:01Z' },
};
const envelope = (data: unknown) => ({ result: true, errorCode: null, errorDesc: null, requestId: 'r', data });
const fields = { objectName: 'company', operation: 'UPSERT', keyFields: 'Id', file: 'a.csv' };
const requestHeaders = { accesskey: 'k' };

const submit = { method: 'POST', path: '/bulk/jobs', requestFields: fields, status: 200, body: envelope(job) };
const list = {
  ...{ method: 'GET', path: '/bulk/jobs', query: { limit: '200', offset: '0', status: 'FAILED' } },
  ...{ requestFields: undefined, status: 200, body: envelope({ records: [job, {}], totalCount: 2 }) },
};
const status = { ...list, path: '/bulk/jobs/J1', query: {}, body: envelope(job) };
const rowError = { rowNumber: 2, errorMessage: 'bad', fieldName: 'Id' };
const errors = { ...status, path: '/bulk/jobs/J1/errors', body: envelope([rowError, {}]) };

t.test('what the contract allows passes', async (t) => {
  const cases: CheckedExchange[] = [
    ...[submit, list, status, errors].map((exchange) => ({ ...exchange, requestHeaders })),
    { ...submit, requestFields: { objectName: 'a', operation: 'INSERT', file: 'a.csv' } },
    { ...submit, requestFields: {}, status: 400, body: 'anything' },
    { ...submit, status: 429, body: {} },
    { ...list, requestHeaders: {}, status: 401, body: '' },
    { ...status, status: 404, body: null },
    { ...list, status: 502, body: '<html>', breaksContract: true },
  ];
  for (const exchange of cases) t.doesNotThrow(() => checkExchange(exchange), `${exchange.path} ${exchange.status}`);
});

t.test('what it does not allow is named', async (t) => {
  const { file: _, ...noFile } = fields;
  const { keyFields: __, ...noKeys } = fields;
  const cases: [CheckedExchange, RegExp][] = [
    [{ ...submit, requestFields: noFile }, /required property 'file'/],
    [{ ...submit, requestFields: noKeys }, /keyFields are required for UPSERT/],
    [{ ...submit, requestFields: { ...fields, operation: 'DELETE' } }, /allowed values.*INSERT/],
    [{ ...submit, requestHeaders: {} }, /accessKey is missing/],
    [{ ...submit, method: 'PUT' }, /no such path and method/],
    [{ ...list, path: '/bulk/job' }, /no such path and method/],
    [{ ...list, query: { limit: 'all' } }, /limit must be integer/],
    [{ ...list, query: { status: 'DONE' } }, /allowed values/],
    [{ ...list, query: { page: '1' } }, /the query has no page/],
    [{ ...list, query: { page: '1' }, breaksContract: true }, /the query has no page/],
    [{ ...list, status: 500, body: '' }, /no status 500 here/],
    [{ ...status, body: envelope({ ...job, status: 'INIT' }) }, /status must be equal to one of the allowed values/],
    [{ ...status, body: envelope({ ...job, successCount: '1' }) }, /successCount must be integer/],
    [{ ...status, body: envelope({ ...job, createdDate: '4 March 2026' }) }, /format "date-time"/],
    [{ ...status, body: envelope({ ...job, jobID: 'J1' }) }, /additional properties.*jobID/],
    [{ ...status, body: '{"result":' }, /must be object/],
    [{ ...list, body: envelope([job]) }, /data must be object/],
    [{ ...errors, body: envelope([{ ...rowError, rowNumber: 1.5 }]) }, /rowNumber must be integer/],
  ];
  for (const [exchange, message] of cases) t.throws(() => checkExchange(exchange), { message }, String(message));
});
