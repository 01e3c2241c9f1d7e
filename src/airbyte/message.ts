/** A line that is no RECORD: which message it is, as far as a destination cares. */
import type { StreamName } from '../model.ts';

/** What a line of the input says, RECORDs apart. */
export type InputMessage =
  | { readonly kind: 'state'; readonly type: 'STREAM'; readonly stream: StreamName }
  | { readonly kind: 'state'; readonly type: 'GLOBAL' | 'LEGACY'; readonly stream?: undefined }
  /** The source has sent all of a stream. */
  | { readonly kind: 'complete'; readonly stream: StreamName }
  /** What a source tells on the way, and a destination needs not know. */
  | { readonly kind: 'passing' }
  /** A message that means nothing to a destination; `type` names it. */
  | { readonly kind: 'ignored'; readonly type: string }
  /** What is wrong, with none of the line's content. */
  | { readonly kind: 'broken'; readonly problem: string };

/** Reads a line that is valid JSON. */
export function readMessage(text: string): InputMessage {
  const message: unknown = JSON.parse(text);
  if (!isObject(message)) return broken('it is not a JSON object');
  const { type } = message;
  if (typeof type !== 'string') return broken('it has no "type"');
  if (type === 'STATE') return readState(message['state']);
  if (type === 'TRACE') return readTrace(message['trace']);
  return { kind: 'ignored', type };
}

function readState(state: unknown): InputMessage {
  if (!isObject(state)) return broken('it is a STATE without an object "state"');
  // Older platforms leave the type out of a LEGACY state.
  const type = state['type'] ?? 'LEGACY';
  if (type === 'GLOBAL' || type === 'LEGACY') return { kind: 'state', type };
  if (type !== 'STREAM') return broken('it is a STATE of an unknown type');
  const stream = isObject(state['stream']) ? descriptor(state['stream']['stream_descriptor']) : undefined;
  return stream ? { kind: 'state', type, stream } : broken('it is a STREAM STATE that names no stream');
}

function readTrace(trace: unknown): InputMessage {
  const status = isObject(trace) && trace['type'] === 'STREAM_STATUS' ? trace['stream_status'] : undefined;
  const stream =
    isObject(status) && status['status'] === 'COMPLETE' ? descriptor(status['stream_descriptor']) : undefined;
  return stream ? { kind: 'complete', stream } : { kind: 'passing' };
}

function descriptor(value: unknown): StreamName | undefined {
  if (!isObject(value) || typeof value['name'] !== 'string') return undefined;
  const { name, namespace } = value;
  return typeof namespace === 'string' ? { name, namespace } : { name };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function broken(problem: string): InputMessage {
  return { kind: 'broken', problem };
}
