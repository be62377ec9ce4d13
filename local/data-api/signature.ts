import type { IncomingHttpHeaders } from 'node:http';
import { ApiError } from './api-error.ts';

/** Largest difference between a request's date and the server's clock. */
const maxSkewMs = 5 * 60_000;

/**
 * Checks the form, the service and the date of a version 4 signature. The signature itself is not verified, so any
 * credentials will do.
 *
 * @throws ApiError with the name that the service uses.
 */
export function checkSignature(headers: IncomingHttpHeaders, nowMs: number): void {
  const { authorization } = headers;
  if (authorization === undefined) {
    throw new ApiError('MissingAuthenticationTokenException', 'Missing Authentication Token');
  }
  const [, scopeDate, service] = credentialForm.exec(authorization) ?? [];
  if (scopeDate === undefined) {
    throw new ApiError(
      'IncompleteSignatureException',
      "Authorization header must be 'AWS4-HMAC-SHA256' with 'Credential', 'SignedHeaders' and 'Signature'",
    );
  }
  if (service !== 'rds-data') {
    throw new ApiError(
      'InvalidSignatureException',
      "Credential should be scoped to correct service: 'rds-data'.",
    );
  }
  checkDate(headers['x-amz-date'], scopeDate, nowMs);
}

const credentialForm =
  /^AWS4-HMAC-SHA256 +Credential=[^\s/]+\/(\d{8})\/[a-z0-9-]+\/([a-z0-9-]+)\/aws4_request, *SignedHeaders=[^\s,]+, *Signature=[0-9a-f]{64}$/;

function checkDate(date: string | string[] | undefined, scopeDate: string, nowMs: number) {
  const [, year, month, day, hour, minute, second] = basicForm.exec(String(date)) ?? [];
  if (year === undefined) {
    throw new ApiError(
      'IncompleteSignatureException',
      "Authorization header requires existence of an 'X-Amz-Date' header.",
    );
  }
  if (scopeDate !== `${year}${month}${day}`) {
    throw new ApiError(
      'InvalidSignatureException',
      `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${scopeDate}' != '${year}${month}${day}', from '${date}'.`,
    );
  }
  const aheadMs = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`) - nowMs;
  if (Math.abs(aheadMs) <= maxSkewMs) return;
  const fault = aheadMs < 0 ? 'Signature expired' : 'Signature not yet current';
  throw new ApiError(
    'InvalidSignatureException',
    `${fault}: ${date} is more than 5 min. from ${new Date(nowMs).toISOString()}`,
  );
}

const basicForm = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;
