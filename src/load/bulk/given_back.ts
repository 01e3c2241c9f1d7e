/** Learns how the tenant returns file and object names, from jobs that are certainly ours. Nothing waits here. */
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

/** A file name that was returned unrecognisably. */
export interface LostName {
  readonly sent: string;
  /** Undefined if no name was returned. */
  readonly shown: string | undefined;
  /** Gainsight's id of the request with that answer. */
  readonly requestId: string | undefined;
}

/** The fields of a listed job that identify it. */
interface Shown {
  readonly job: BulkJob;
  readonly name: GivenName | undefined;
  readonly requestId?: string | undefined;
}

interface Options {
  readonly plans: readonly Plan[];
  /** TOKEN of the catalog. */
  readonly token: string;
  /** RUN of this Airbyte job: its attempts have the same mapping, and another job may have another one. */
  readonly run: string;
  readonly report: ReportEvent;
  /** Filters the tenant's texts for messages. */
  readonly words: Pick<PlainWords, 'of'>;
}

/** Whether names of files and objects are returned as they were sent, or at least recognisably. */
export class GivenBack {
  readonly #options: Options;
  /** Jobs of this process, by id. */
  readonly #sent = new Map<string, Sent>();
  /** Other names of our objects, by object. */
  readonly #objectNames = new Map<string, Set<string>>();
  /** Objects were returned under the names that they were sent with. */
  #objectsAreKept = false;
  #lost: LostName | undefined;
  #isListed = false;
  /** The list has shown a file name of ours, of any run. */
  #listKeepsNames = false;

  constructor(options: Options) {
    this.#options = options;
  }

  /** The name of a file of ours that was returned unrecognisably. */
  get lostName(): LostName | undefined {
    return this.#lost;
  }

  /** Why no row may be inserted: files sent before cannot be recognised. */
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

  /** An answer to a submission named its job. It may omit the file's name; if present, it is compared. */
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
   * Whether an answer about a job shows the file of another one. This counts only after the list has shown that this
   * tenant returns our names recognisably: then the list shows which job is ours.
   */
  isOfOtherFile(fileName: string | undefined, job: BulkJob): boolean {
    return this.#listKeepsNames && this.mayBeOfOtherFile(fileName, job);
  }

  /**
   * The same before the list has shown any name of ours: it may be another file, or this one under an unrecognisable
   * name.
   */
  mayBeOfOtherFile(fileName: string | undefined, job: BulkJob): boolean {
    const own = parseFileName(fileName);
    if (this.#lost || !own || job.fileName === undefined) return false;
    return parseFileName(job.fileName)?.digest !== own.digest;
  }

  /** A job is listed. */
  listed({ job, name, requestId }: Shown): void {
    if (name) this.#listKeepsNames = true;
    const sent = job.jobId === undefined ? undefined : this.#sent.get(job.jobId);
    if (sent) {
      this.#isListed = true;
      this.#compare(sent, job.fileName, requestId);
      this.#learnObject(sent.object, job.objectName);
    } else if (name?.run === this.#options.run) this.#learnObject(this.#objectOf(name), job.objectName);
  }

  /**
   * Whether the list shows that the job was on the object. Unlike {@link isOn} it never takes one of ours for it.
   * @param label of the object in metadata
   */
  isShownOn({ jobId, objectName }: BulkJob, object: string, label?: string): boolean {
    const sent = jobId === undefined ? undefined : this.#sent.get(jobId);
    if (sent) return sent.object === object;
    if (objectName === undefined) return false;
    return this.#isNameOf(objectName, object) || (label !== undefined && isSame(objectName, label));
  }

  /**
   * Whether a job is on an object of ours, or must be treated so. One of ours counts as on it unless something shows that
   * it is on another: the tenant may have other names for objects. So does one of an earlier sync of the same stream, which
   * may have had another mapping: it is then waited for in vain, and holds no file of ours.
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
    // A job of another connection may be on any object as long as names of objects are uncertain.
    return !isAnothers && !this.#isKnown(object);
  }

  /** Whether a job without a name of ours may be on the object, as far as names of objects are known. */
  mayBeOn({ objectName }: BulkJob, object: string): boolean {
    return objectName === undefined || this.#isNameOf(objectName, object) || !this.#isKnown(object);
  }

  #isKnown(object: string): boolean {
    return this.#objectsAreKept || this.#objectNames.has(object);
  }

  #isNameOf(shown: string, object: string): boolean {
    return isSame(shown, object) || (this.#objectNames.get(object)?.has(fold(shown)) ?? false);
  }

  /** The object of the stream in its name, if the catalog is like ours. */
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
      `This tenant calls the object ${object} ${words.of(shown)} in its list of jobs; both count as the same object.`,
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
