import { bundled } from '../bundles.ts';
import { type Figure, figureOf } from '../figure.ts';
import { type Container, withContainer } from '../lambda/container.ts';
import { watchDynamoDb } from '../lambda/dynamodb-answers.ts';
import { installRuntimeClient } from '../lambda/install.ts';
import { startOriginal } from '../lambda/original.ts';
import { listRequest, parseReply } from '../lambda/request.ts';
import type { Bench } from '../measure.ts';
import { installPeers } from '../peers/install.ts';
import { inTurns } from '../turns.ts';
import { publish } from '../world.ts';

/** Parts of a start, in ms, by the name of their variant. */
type Parts = Record<string, number>;

interface Case {
  subject: string;
  start: () => Promise<Parts>;
}

/** As browsers ask; at 100,000 topics nothing else fits into an answer of Lambda. */
const request = listRequest({ 'accept-encoding': 'gzip' });

/**
 * How long a caller waits who is the first: from the start of a process to its whole first answer. The list
 * function, an empty function and one that only fetches the snapshot run in AWS's runtime client, the
 * original under uvicorn; the snapshot is in DynamoDB, the table in PostgreSQL.
 *
 * What Lambda adds to both functions is not in it: to start a micro VM and to fetch the zip. DynamoDB is
 * spoken to by plain HTTP, without a TLS handshake, and answers from next door. The files are in the system's
 * cache; there is no cache of compiled code, as there is none in Lambda.
 */
export async function measure({ world, sizes, quick, progress }: Bench): Promise<Figure[]> {
  const runtimeClient = await installRuntimeClient({ progress });
  const list = await bundled('list');
  const empty = await bundled('empty');
  const fetch = await bundled('fetch');
  const python = await installPeers();
  const dynamoDb = watchDynamoDb(world.dynamoDb);
  const figures: Figure[] = [];
  try {
    for (const rows of sizes) {
      const place = await world.at(rows);
      await publish(place);
      const { environment } = place;
      const inContainer = (bundle: string, firstAnswerAfter?: typeof dynamoDb.firstAfter) =>
        withContainer({ runtimeClient, bundle, environment }, (container) =>
          partsOf(container, firstAnswerAfter),
        );
      const cases: Case[] = [
        { subject: 'list function', start: () => inContainer(list, dynamoDb.firstAfter) },
        { subject: 'DynamoDB alone', start: () => inContainer(fetch) },
        { subject: 'empty function', start: () => inContainer(empty) },
        {
          subject: 'FastAPI + Django',
          start: async () => ({ total: await startOriginal(python, place.databaseUrl) }),
        },
      ];
      await inTurns(1, cases, ({ start }) => start()); // brings the files into the system's cache
      progress(`cold starts at ${rows.toLocaleString('en')} topics`);
      for (const [{ subject }, starts] of await inTurns(quick ? 7 : 15, cases, ({ start }) => start()))
        figures.push(...figuresOf(rows, subject, starts));
    }
  } finally {
    dynamoDb.stop();
  }
  return figures;
}

/**
 * Of a container with an event that waits already, as in Lambda.
 *
 * @param firstAnswerAfter when DynamoDB answered first after a moment
 */
async function partsOf(
  container: Container,
  firstAnswerAfter: (momentMs: number) => number | undefined = () => undefined,
): Promise<Parts> {
  const { body, answeredAtMs } = await container.invoke(request);
  const { statusCode } = parseReply(body);
  if (statusCode !== 200) throw new Error(`the first answer was ${statusCode}: ${body.subarray(0, 500)}`);

  const { spawnedAtMs } = container;
  const loadedAtMs = await container.initialised;
  const dynamoDbAtMs = firstAnswerAfter(spawnedAtMs);
  // What a function asks while it loads may be answered before it is loaded: that took nobody's time.
  const toldAtMs = Math.max(loadedAtMs, dynamoDbAtMs ?? 0);
  return {
    total: answeredAtMs - spawnedAtMs,
    load: loadedAtMs - spawnedAtMs,
    ...(dynamoDbAtMs === undefined ? {} : { 'first DynamoDB answer': toldAtMs - loadedAtMs }),
    reply: answeredAtMs - toldAtMs,
  };
}

function figuresOf(rows: number, subject: string, starts: readonly Parts[]): Figure[] {
  const variants = [...new Set(starts.flatMap(Object.keys))];
  return variants.map((variant) => {
    const samples = starts.map((parts) => parts[variant]).filter((ms) => ms !== undefined);
    return figureOf({ measure: 'cold', subject, variant, rows, unit: 'ms' }, samples);
  });
}
