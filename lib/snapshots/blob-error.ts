import { CodedError } from '../errors.ts';

/** A blob that a published generation names is missing, or its checksum differs: it needs a repair. */
export class BlobError extends CodedError {
  readonly hash: string;

  constructor(hash: string, fault: string, options?: ErrorOptions) {
    super('snapshot_broken', `The blob ${hash} of the snapshot is ${fault}.`, options);
    this.hash = hash;
  }
}
