/** What the tenant makes of the names that it is given: learnt from jobs that are certainly ours. Nothing waits here. */
import { ConnectorError } from '../../errors.ts';
import type { BulkJob } from '../../gainsight/contract.ts';
import type { PlainWords } from '../../gainsight/plain_words.ts';
import type { Plan } from '../../model.ts';
import type { ReportEvent } from '../events.ts';
import { type GivenName, isOfStream, parseFileName } from './file_name.ts';

/** What was sent with one submission. */
export interface Sent {
  readonly fileName: string;
  readonly object: string;
}

/** A file name that came back so that it is not known again. */
export interface LostName {
  readonly sent: string;
  /** Undefined where none came back. */
  readonly shown: string | undefined;
  /** Gainsight's number of the request that was answered so. */
  readonly requestId: string | undefined;
}

/** A listed job, as far as it says whose it is. */
interface Shown {
  readonly job: BulkJob;
  readonly name: GivenName | undefined;
  readonly requestId?: string | undefined;
}

interface Options {
  readonly plans: readonly Plan[];
  /** TOKEN of the catalog. */
  readonly token: string;
  readonly report: ReportEvent;
  /** What may be printed of the tenant's words. */
  readonly words: Pick<PlainWords, 'of'>;
}

/** Whether names of files and objects come back as they were sent, or at least so that they are known again. */
export class GivenBack {
  readonly #options: Options;
  /** Jobs of this process, by id. */
  readonly #sent = new Map<string, Sent>();
  /** Other names of our objects, by object. */
  readonly #objectNames = new Map<string, Set<string>>();
  /** Objects came back under the names that they were sent with. */
  #objectsAreKept = false;
  #lost: LostName | undefined;
  #isListed = false;
  /** The list has shown a file name of ours, of whatever run. */
  #listKeepsNames = false;

  constructor(options: Options) {
    this.#options = options;
  }

  /** The name of a file of ours that came back so that it is not known again. */
  get lostName(): LostName | undefined {
    return this.#lost;
  }

  /** Why no row may be inserted: whatever was sent before cannot be known again. */
  insertFault({ label, object, stream }: Plan): ConnectorError | undefined {
    if (!this.#lost) return undefined;
    const { sent, shown, requestId } = this.#lost;
    const names = `${sent} ${this.#asShown(shown)}`;
    return new ConnectorError('insert_unrecognised', { stream: label, object, names }, { stream, requestId });
  }

  /** The list has shown a job of this process. */
  get isListed(): boolean {
    return this.#isListed;
  }

  /** An answer to a submission named its job. It may leave the file's name out; what it shows is compared. */
  submitted(job: BulkJob & { readonly jobId: string }, sent: Sent, requestId?: string): void {
    this.#sent.set(job.jobId, sent);
    this.#learnObject(sent.object, job.objectName);
    if (job.fileName !== undefined) this.#compare(sent, job.fileName, requestId);
  }

  /** The job was submitted by this process. */
  knows(jobId: string): boolean {
    return this.#sent.has(jobId);
  }

  /**
   * Whether an answer about a job shows the file of another one. Nothing is held against it before the list has shown that
   * this tenant gives our names back so that they are known again: then the list says which job is ours.
   */
  isOfOtherFile(fileName: string | undefined, job: BulkJob): boolean {
    return this.#listKeepsNames && this.mayBeOfOtherFile(fileName, job);
  }

  /** The same before the list has shown any name of ours: it may be another file, or this one under a name that is lost. */
  mayBeOfOtherFile(fileName: string | undefined, job: BulkJob): boolean {
    const own = parseFileName(fileName);
    if (this.#lost || !own || job.fileName === undefined) return false;
    return parseFileName(job.fileName)?.digest !== own.digest;
  }

  /** A job stands in the list. */
  listed({ job, name, requestId }: Shown): void {
    if (name) this.#listKeepsNames = true;
    const sent = job.jobId === undefined ? undefined : this.#sent.get(job.jobId);
    if (sent) {
      this.#isListed = true;
      this.#compare(sent, job.fileName, requestId);
      this.#learnObject(sent.object, job.objectName);
    } else if (name) this.#learnObject(this.#objectOf(name), job.objectName);
  }

  /**
   * Whether a job is on an object of ours. One of ours counts as on it as long as nothing says that it is on another: the
   * tenant may call objects by other names.
   */
  isOn({ job, name }: Shown, object: string): boolean {
    const { objectName } = job;
    const sent = job.jobId === undefined ? undefined : this.#sent.get(job.jobId);
    if (sent) return sent.object === object;
    if (objectName !== undefined && this.#isNameOf(objectName, object)) return true;
    if (name === undefined) return false;
    const own = this.#objectOf(name);
    if (own !== undefined) return own === object;
    if (objectName === undefined) return true;
    const isAnothers = this.#options.plans.some((plan) => this.#isNameOf(objectName, plan.object));
    // Another connection's may be on any object as long as names of objects are in doubt.
    return !isAnothers && !this.#isKnown(object);
  }

  /** Whether a job that bears no name of ours may be on the object, as far as names of objects are known. */
  mayBeOn({ objectName }: BulkJob, object: string): boolean {
    return objectName === undefined || this.#isNameOf(objectName, object) || !this.#isKnown(object);
  }

  #isKnown(object: string): boolean {
    return this.#objectsAreKept || this.#objectNames.has(object);
  }

  #isNameOf(shown: string, object: string): boolean {
    return isSame(shown, object) || (this.#objectNames.get(object)?.has(fold(shown)) ?? false);
  }

  /** By the stream that its name says, of a catalog like ours. */
  #objectOf(name: GivenName): string | undefined {
    const { plans, token } = this.#options;
    if (name.token !== token) return undefined;
    const objects = plans.flatMap(({ label, object }) => (isOfStream(name, label) ? [object] : []));
    return new Set(objects).size === 1 ? objects[0] : undefined;
  }

  #compare(sent: Sent, shown: string | undefined, requestId: string | undefined): void {
    const name = parseFileName(shown);
    if (this.#lost || name?.digest === parseFileName(sent.fileName)?.digest) return;
    this.#lost = { sent: sent.fileName, shown, requestId };
    const text = `This tenant gives the file name ${sent.fileName} back ${this.#asShown(shown)}: after a crash files are sent again, and calls of earlier syncs count as calls of others.`;
    this.#warn(text);
  }

  #learnObject(object: string | undefined, shown: string | undefined): void {
    if (object === undefined || shown === undefined) return;
    if (isSame(object, shown)) {
      this.#objectsAreKept = true;
      return;
    }
    const names = this.#objectNames.get(object) ?? new Set();
    if (names.has(fold(shown))) return;
    this.#objectNames.set(object, names.add(fold(shown)));
    const { words } = this.#options;
    this.#warn(
      `This tenant calls the object ${object} ${words.of(shown)} in its list of jobs; both are taken for one.`,
    );
  }

  #warn(text: string): void {
    this.#options.report({ kind: 'warning', text });
  }

  #asShown(shown: string | undefined): string {
    return shown === undefined ? 'not at all' : `as ${this.#options.words.of(shown)}`;
  }
}

function isSame(one: string, other: string): boolean {
  return fold(one) === fold(other);
}

function fold(text: string): string {
  return text.trim().toLowerCase();
}
