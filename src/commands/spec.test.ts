import { Ajv } from 'ajv';
import t from 'tap';
import { type FormField, fieldsOf, formFaults } from '../../integration_tests/support/form_rules.ts';
import { errorTable } from '../errors.ts';
import { spec } from './spec.ts';

const specification = spec();
const form = specification.connectionSpecification as FormField;

t.test('the specification has what Airbyte requires of a destination', async (t) => {
  t.match(specification, {
    protocol_version: '0.2.0',
    documentationUrl: /^https:\/\//,
    supportsIncremental: true,
    supported_destination_sync_modes: ['append_dedup', 'append', 'update'],
  });
});

const hidden =
  /^(api_base_url|polling\.(list_lag_seconds|submission_answer_minutes)|object_storage_config\(1\)\.(role_arn|format|compression|path_format|file_name_format))$/;

t.test('names, defaults and required fields are as documented', async (t) => {
  const agreed = Object.fromEntries(
    fieldsOf(form).map(({ path, isRequired, field }) => [path, isRequired ? 'required' : field['default']]),
  );
  t.same(agreed, {
    domain: 'required',
    access_key: undefined,
    sign_in: undefined,
    'sign_in(0).method': 'required',
    'sign_in(1).method': 'required',
    'sign_in(1).client_id': 'required',
    'sign_in(1).client_secret': 'required',
    api_base_url: '',
    streams: [],
    'streams[].stream': 'required',
    'streams[].namespace': '',
    'streams[].object': 'required',
    'streams[].operation': 'UPSERT',
    'streams[].key_fields': [],
    'streams[].fields': [],
    'streams[].fields[].column': 'required',
    'streams[].fields[].field': 'required',
    'streams[].fields_text': '',
    'streams[].naming': 'as_is',
    'streams[].send_other_columns': false,
    'streams[].load_after': [],
    'streams[].latest_by': 'arrival',
    'streams[].absent_columns': 'blank',
    'streams[].unreadable_values': 'reject',
    'streams[].repeated_rows': 'stop',
    'streams[].checked_jobs': [],
    'streams[].checked_jobs[].job': 'required',
    'streams[].checked_jobs[].loaded': 'required',
    'streams[].route': 'bulk_api',
    'streams[].lookups': [],
    'streams[].lookups[].field': 'required',
    'streams[].lookups[].object': 'required',
    'streams[].lookups[].match_field': 'required',
    'streams[].lookups[].on_none': 'reject',
    'streams[].lookups[].on_several': 'reject',
    load_unlisted_streams: false,
    deleted_rows: 'skip',
    values: {},
    'values.null_text': '',
    'values.boolean_format': 'true_false',
    'values.datetime_format': 'as_is',
    'values.list_separator': ';',
    'values.trim': false,
    rejected_rows: {},
    'rejected_rows.log_detail': 'keys',
    'rejected_rows.max_logged': 100,
    'rejected_rows.folder': '',
    'rejected_rows.fail_above_percent': 10,
    'rejected_rows.first_row_number': 'auto',
    'rejected_rows.keep_days': 0,
    'rejected_rows.retry': 'off',
    object_storage_config: undefined,
    'object_storage_config(0).storage_type': 'required',
    'object_storage_config(1).storage_type': 'required',
    'object_storage_config(1).access_key_id': 'required',
    'object_storage_config(1).secret_access_key': 'required',
    'object_storage_config(1).role_arn': '',
    'object_storage_config(1).s3_bucket_name': 'required',
    'object_storage_config(1).s3_bucket_region': '',
    'object_storage_config(1).s3_endpoint': '',
    'object_storage_config(1).bucket_path': '',
    'object_storage_config(1).format': undefined,
    'object_storage_config(1).format(0).format_type': 'required',
    'object_storage_config(1).format(0).flattening': 'No flattening',
    'object_storage_config(1).compression': undefined,
    'object_storage_config(1).compression(0).compression_type': 'required',
    'object_storage_config(1).path_format': '{sync_id}/',
    'object_storage_config(1).file_name_format': '',
    quota: {},
    'quota.calls_per_hour': 10,
    'quota.calls_per_day': 100,
    'quota.reserved_per_day': 0,
    'quota.counted_calls': 'job_submissions',
    'quota.max_wait_minutes': 1440,
    'quota.object_api': {},
    'quota.object_api.per_minute': 100,
    'quota.object_api.per_day': 50_000,
    'quota.object_api.reserved': 50,
    'quota.object_api.auto_rows': 500,
    files: {},
    'files.max_megabytes': 75,
    'files.max_rows': 1_000_000,
    'files.max_age_minutes': 30,
    'files.max_spool_megabytes': 10_240,
    polling: {},
    'polling.max_interval_seconds': 60,
    'polling.job_timeout_minutes': 240,
    'polling.list_lag_seconds': 15,
    'polling.submission_answer_minutes': 10,
    preflight: {},
    'preflight.mapping': 'fail',
    'preflight.values': 'count',
  });
  for (const { path, field } of fieldsOf(form)) {
    t.equal(
      field['airbyte_secret'] === true,
      /(^|\.)(access_key|access_key_id|client_secret|secret_access_key)$/.test(path),
      path,
    );
    t.equal(field['airbyte_hidden'] === true, hidden.test(path), path);
    // A decision of the user has no default: to assume that rows are loaded would lose them.
    if (Array.isArray(field['enum']) && !path.endsWith('.loaded'))
      t.equal(field['enum'][0], field['default'], `${path} lists its default first`);
  }
});

t.test('the configuration is described by a valid JSON schema', async (t) => {
  const ajv = new Ajv({ strict: false });
  t.equal(ajv.validateSchema(form), true, ajv.errorsText());
});

t.test("Airbyte's form can show every field, and check what is typed into it", async (t) => {
  t.same(formFaults(form), []);
});

t.test('what people need for an entry is not behind "Optional fields"', async (t) => {
  const shown = fieldsOf(form).filter(({ field }) => field['always_show'] === true);
  const settings = ['operation', 'key_fields', 'fields', 'fields_text', 'naming', 'load_after'];
  t.same(
    shown.map(({ path }) => path),
    ['access_key', 'streams', ...settings.map((name) => `streams[].${name}`)],
  );
});

t.test('the titles that errors name are titles of the form', async (t) => {
  const titles = new Set(fieldsOf(form).map(({ field }) => field['title']));
  const airbytes = ['Append', 'Append + Deduped', 'Destination Namespace', 'Source-defined', 'Stream Prefix'];
  const named = Object.values(errorTable).flatMap(({ what, next }) =>
    [...`${what} ${next}`.matchAll(/"([^"{}]+)"/g)].map(([, title]) => title),
  );
  t.ok(named.length > 10);
  for (const title of named) t.ok(titles.has(title) || airbytes.includes(title ?? ''), `"${title}"`);
});
