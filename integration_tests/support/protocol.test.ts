import t from 'tap';
import { checkMessage } from './protocol.ts';

const stats = '"destinationStats":{"recordCount":497.0,"rejectedRecordCount":3.0}';

t.test('messages that Airbyte takes pass', async (t) => {
  for (const line of [
    `{"type":"STATE","state":{"type":"STREAM","id":17,"stream":{"stream_descriptor":{"name":"a"},"stream_state":{"c":1}},${stats}}}`,
    `{"type":"STATE","state":{"type":"GLOBAL","global":{"stream_states":[]},${stats}}}`,
    `{"type":"STATE","state":{"data":{},${stats}}}`,
    '{"type":"LOG","log":{"level":"INFO","message":""}}',
    '{"type":"SPEC","spec":{"connectionSpecification":{},"documentationUrl":"https://example.com"}}',
    '{"type":"CONNECTION_STATUS","connectionStatus":{"status":"FAILED","message":"no"}}',
    '{"type":"TRACE","trace":{"type":"ERROR","emitted_at":1,"error":{"message":"m","failure_type":"config_error"}}}',
    '{"type":"DESTINATION_CATALOG","destination_catalog":{"operations":[{"object_name":"c","sync_mode":"append","json_schema":{}}]}}',
  ]) {
    t.match(checkMessage(line), JSON.parse(line), line);
  }
});

t.test('what breaks the protocol is named', async (t) => {
  for (const [line, fault] of [
    ['not JSON', /JSON/],
    ['{"type":"LOG","log":{"level":"INFO","message":"a"}}\n{}', /More than one line/],
    ['{"log":{"level":"INFO","message":"a"}}', /type/],
    ['{"type":"STATE"}', /STATE must hold state/],
    ['{"type":"LOG","state":{}}', /LOG must hold log/],
    ['{"type":"LOG","log":{"level":"WARNING","message":"a"}}', /level/],
    ['{"type":"LOG","log":{"level":"WARN"}}', /message/],
    ['{"type":"SPEC","spec":{}}', /connectionSpecification/],
    ['{"type":"CONNECTION_STATUS","connectionStatus":{"status":"OK"}}', /status/],
    ['{"type":"RECORD","record":{"stream":"a","data":{},"emitted_at":1}}', /must not write RECORD/],
    [`{"type":"STATE","state":{"type":"STREAM","stream":{},${stats}}}`, /stream_descriptor/],
    [`{"type":"STATE","state":{"type":"STREAM",${stats}}}`, /STREAM state must hold stream/],
    [`{"type":"STATE","state":{"type":"GLOBAL","global":{},${stats}}}`, /stream_states/],
    [`{"type":"STATE","state":{"data":{},"id":"7",${stats}}}`, /state.id/],
    ['{"type":"STATE","state":{"data":{}}}', /recordCount must be a count/],
    [
      '{"type":"STATE","state":{"data":{},"destinationStats":{"recordCount":1.5,"rejectedRecordCount":-1}}}',
      /rejected/,
    ],
    ['{"type":"TRACE","trace":{"type":"ERROR","emitted_at":1}}', /must hold error/],
    ['{"type":"TRACE","trace":{"type":"ERROR","emitted_at":1,"error":{"message":"m"}}}', /failure_type is missing/],
    [
      '{"type":"TRACE","trace":{"type":"STREAM_STATUS","emitted_at":1,"stream_status":{"stream_descriptor":{"name":"a"},"status":"RUNNING"}}}',
      /must not be written/,
    ],
    ['{"type":"DESTINATION_CATALOG","destination_catalog":{"operations":[{"object_name":"a"}]}}', /sync_mode/],
  ] as const) {
    t.throws(() => checkMessage(line), { message: fault }, line);
  }
});
