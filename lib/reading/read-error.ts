import { CodedError, UnavailableError } from '../errors.ts';

/** The request names something that does not exist, or does not exist in that form. Retrying is useless. */
export class ReadError extends CodedError {}

export const versionGone = (version: number) =>
  new ReadError('version_gone', `Version ${version} is no longer kept: read the list again.`);

export const versionUnknown = (version: number, served: number) =>
  new ReadError('version_unknown', `Version ${version} does not exist: the current version is ${served}.`);

export const pinnedError = (pin: number) =>
  new ReadError('pinned', `Version ${pin} is pinned by an operator, and is served until it is unpinned.`);

export const noFormPinned = (name: string, pin: number) =>
  new ReadError(
    'pinned_form',
    `The pinned version ${pin} lacks ${name} in this release's definition: unpin it.`,
  );

export const nothingPublished = (name: string, retryAfterMs = 2_000) =>
  new UnavailableError('nothing_published', `Nothing of ${name} is published yet.`, { retryAfterMs });

/** Blobs that a pointer names are missing or corrupt. */
export class BrokenError extends CodedError {
  readonly hashes: readonly string[];

  constructor(hashes: readonly string[], cause: unknown) {
    super('snapshot_broken', `${hashes.length} blobs of the snapshot are missing or corrupt.`, { cause });
    this.hashes = hashes;
  }
}

/** The error for a table that a refresh left out; a locked table is worth a retry. */
export const errorOf = ({
  reason,
  error,
}: {
  reason: 'locked' | 'lasting';
  error: CodedError;
}): CodedError =>
  reason === 'lasting' || error instanceof UnavailableError
    ? error
    : new UnavailableError(error.code, error.message, { cause: error, retryAfterMs: 2_000 });
