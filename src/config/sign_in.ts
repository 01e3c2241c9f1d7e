/** How the connector signs in: by the access key of the tenant, or as an OAuth client. */
import type { MappingFault } from '../plan/faults.ts';
import { Secret } from './secret.ts';
import type { Configuration } from './types.ts';

/** The one way by which every call signs in. */
export type SignIn =
  | { readonly method: 'access_key'; readonly accessKey: Secret }
  | { readonly method: 'oauth_client'; readonly clientId: string; readonly clientSecret: Secret };

type Settings = Pick<Configuration, 'access_key' | 'sign_in'>;

/** The sign-in of valid settings: an access key beside an OAuth client is not used. */
export function signInOf({ access_key = '', sign_in }: Settings): SignIn {
  if (sign_in?.method !== 'oauth_client') return { method: 'access_key', accessKey: new Secret(access_key.trim()) };
  const { client_id, client_secret } = sign_in;
  return { method: 'oauth_client', clientId: client_id.trim(), clientSecret: new Secret(client_secret.trim()) };
}

/** What no output and no file may contain. */
export function secretOf(signIn: SignIn): string {
  return (signIn.method === 'access_key' ? signIn.accessKey : signIn.clientSecret).reveal();
}

/** Whether settings, valid or not, sign in as an OAuth client. */
export function hasOAuthClient(settings: object): boolean {
  const { sign_in } = settings as { sign_in?: { method?: unknown } | null };
  return sign_in?.method === 'oauth_client';
}

/** What is wrong with the sign-in, besides what the schema finds. */
export function signInFaults(settings: Partial<Settings>): MappingFault[] {
  if (!hasOAuthClient(settings)) return keyFaults(settings.access_key);
  const { client_id, client_secret } = settings.sign_in as Partial<Record<'client_id' | 'client_secret', unknown>>;
  const ofId = typeof client_id === 'string' && client_id.includes(':') ? 'must not hold a colon' : undefined;
  return [
    ...(ofId === undefined ? faultsAt('/sign_in/client_id', client_id) : [{ path: '/sign_in/client_id', text: ofId }]),
    ...faultsAt('/sign_in/client_secret', client_secret),
  ];
}

/** The schema does not require an access key. */
function keyFaults(key: unknown): MappingFault[] {
  const path = '/access_key';
  if (key === undefined) return [{ path, text: 'is missing' }];
  return key === '' ? [{ path, text: 'must not be empty' }] : faultsAt(path, key);
}

/** The schema finds a text that is missing, empty or of another type. */
function faultsAt(path: string, value: unknown): MappingFault[] {
  const text = typeof value === 'string' && value !== '' ? faultOf(value) : undefined;
  return text === undefined ? [] : [{ path, text }];
}

/** Many servers accept 8 kB for all headers together. */
const longestText = 4000;

function faultOf(given: string): string | undefined {
  const text = given.trim();
  if (text === '') return 'must not be empty';
  if (text.length > longestText) return `must not have more than ${longestText.toLocaleString('en-US')} characters`;
  // Characters that Node accepts in a header.
  const isSendable = /^[\x20-\x7e\x80-\xff]*$/.test(text);
  return isSendable ? undefined : 'holds a line break or another character that cannot be sent: copy it again';
}
