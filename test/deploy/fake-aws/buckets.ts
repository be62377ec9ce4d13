import { createHash } from 'node:crypto';
import * as z from 'zod';
import { type Answer, type Exchange, Refusal, toXml } from './exchange.ts';

interface Stored {
  body: Buffer;
  modified: string;
  metadata: Record<string, string>;
}

/** The part of S3 that a deployment calls: whole objects, by path. */
export function createBuckets({ nowMs }: { nowMs: () => number }) {
  const buckets = new Map<string, Map<string, Stored>>();

  function bucketOf(name: string) {
    const bucket = buckets.get(name);
    if (bucket === undefined) throw new Refusal('NoSuchBucket', `There is no bucket ${name}.`, 404);
    return bucket;
  }

  function read(bucket: string, key: string): Stored {
    const stored = bucketOf(bucket).get(key);
    if (stored === undefined) throw new Refusal('NoSuchKey', `There is no ${key}.`, 404);
    return stored;
  }

  function answer({ method, path, query, headers, body }: Exchange): Answer {
    const [, name = '', ...rest] = path.split('/').map(decodeURIComponent);
    const key = rest.join('/');
    const bucket = bucketOf(name);
    if (key === '' && method === 'HEAD')
      return { status: 200, headers: { 'x-amz-bucket-region': 'eu-west-1' } };
    if (key === '' && method === 'GET') return { status: 200, body: listing(name, bucket, query) };
    if (key === '' && method === 'POST' && query.has('delete')) {
      for (const [, gone = ''] of body.toString().matchAll(/<Key>([^<]*)<\/Key>/g)) bucket.delete(gone);
      return { status: 200, body: '<DeleteResult></DeleteResult>' };
    }
    if (method === 'PUT') {
      bucket.set(key, {
        body: withoutChunks(headers, body),
        modified: new Date(nowMs()).toISOString(),
        metadata: metadataOf(headers),
      });
      return { status: 200, headers: { etag: `"${key.length}"` } };
    }
    if (method !== 'GET' && method !== 'HEAD') throw new Refusal('NotImplemented', `${method} ${path}`, 501);
    const { body: stored, modified, metadata } = read(name, key);
    return {
      status: 200,
      headers: {
        ...metadata,
        'last-modified': new Date(modified).toUTCString(),
        'content-length': String(stored.byteLength),
      },
      ...(method === 'GET' ? { body: stored } : {}),
    };
  }

  return {
    answer,
    read: (bucket: string, key: string) => read(bucket, key).body,
    names: () => [...buckets.keys()],
    keys: (bucket: string) => [...bucketOf(bucket).keys()],
    make: (name: string) => void (buckets.has(name) || buckets.set(name, new Map())),
    /** Deletes a bucket only if it is empty, as CloudFormation does. */
    remove(name: string) {
      if (bucketOf(name).size > 0) throw new Refusal('BucketNotEmpty', `${name} is not empty.`, 409);
      buckets.delete(name);
    },
  };
}
export type Buckets = ReturnType<typeof createBuckets>;

function listing(Name: string, bucket: ReadonlyMap<string, Stored>, query: URLSearchParams) {
  const prefix = query.get('prefix') ?? '';
  const found = [...bucket].filter(([key]) => key.startsWith(prefix)).sort(([a], [b]) => (a < b ? -1 : 1));
  const contents = found.map(
    ([Key, { body, modified }]) =>
      `<Contents>${toXml({ Key, LastModified: modified, ETag: createHash('md5').update(body).digest('hex'), Size: body.byteLength })}</Contents>`,
  );
  return `<ListBucketResult>${toXml({ Name, Prefix: prefix, KeyCount: found.length, IsTruncated: false })}${contents.join('')}</ListBucketResult>`;
}

const metadataOf = (headers: Exchange['headers']) =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      name.startsWith('x-amz-meta-') ? [[name, z.string().parse(value)]] : [],
    ),
  );

/** Decodes a body with a trailing checksum: the hexadecimal length precedes each chunk. */
function withoutChunks(headers: Exchange['headers'], body: Buffer): Buffer {
  if (!String(headers['content-encoding'] ?? '').includes('aws-chunked')) return body;
  const chunks: Buffer[] = [];
  for (let at = 0; ; ) {
    const end = body.indexOf('\r\n', at);
    const bytes = Number.parseInt(body.toString('latin1', at, end), 16);
    if (!(bytes > 0)) return Buffer.concat(chunks);
    chunks.push(body.subarray(end + 2, end + 2 + bytes));
    at = end + 2 + bytes + 2;
  }
}
