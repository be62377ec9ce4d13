import { sourceFiles } from './source-files.ts';

const files = new Map(
  [...sourceFiles('lib'), ...sourceFiles('functions')].map((file) => [file.path, file] as const),
);
const textOf = (path: string) => files.get(path)?.text ?? '';

/** The files that a function imports, directly or indirectly, without type imports. */
function reachable(from: string, except: readonly string[], seen = new Set<string>()): Set<string> {
  if (seen.has(from) || except.includes(from) || !files.has(from)) return seen;
  seen.add(from);
  for (const { target, isType } of files.get(from)?.imports ?? [])
    if (!isType) reachable(target, except, seen);
  return seen;
}

const adapters = {
  pointers: ['pointers'],
  blobs: ['blobs', 'blob-parts'],
  requests: ['requests', 'requests-item', 'record', 'lease', 'settle', 'drop-transactions'],
} as const;

/** The DynamoDB calls of an adapter's method, including those of the functions that it calls. */
function callsOf(adapter: keyof typeof adapters, method: string): Set<string> {
  // Members and functions are indented by at most four spaces, their bodies by more.
  const text = adapters[adapter].map((file) => textOf(`lib/stores/dynamodb/${file}.ts`)).join('\n');
  const pieces = text.split(/^(?: {2}| {4}|export )(?:async )?(?:function )?(?=\w+[(:<])/m);
  const named = (name: string) => pieces.filter((piece) => new RegExp(`^${name}[(:<]`).test(piece));
  const calls = new Set<string>();
  const visited = new Set<string>();
  const visit = (name: string) => {
    if (visited.has(name)) return;
    visited.add(name);
    for (const piece of named(name)) {
      const body = piece.slice(name.length);
      for (const [, call = ''] of body.matchAll(/\bdynamoDb\s*\.(\w+)\(/g)) calls.add(call);
      for (const [, other = ''] of body.matchAll(/\b(\w+)\(/g)) if (named(other).length > 0) visit(other);
    }
  };
  visit(method);
  return calls;
}

/** The IAM actions of a service, by API call. */
const actionOf = (service: string, call: string) =>
  `${service}:${call.charAt(0).toUpperCase()}${call.slice(1)}`;

/**
 * The IAM actions of DynamoDB and the Data API that a function needs, derived from the code that it imports.
 * @param except imported files that it uses only without the shared stores
 */
export function storeActions(entry: string, { except = [] }: { except?: readonly string[] } = {}): string[] {
  const reached = reachable(entry, except);
  const actions = new Set<string>();
  for (const path of reached) {
    const uses = textOf(path).matchAll(/\b(pointers|blobs|requests)\s*\.(\w+)\(/g);
    for (const [, port = '', method = ''] of uses)
      for (const name of ['pointers', 'blobs', 'requests'] as const)
        if (name === port) for (const call of callsOf(name, method)) actions.add(actionOf('dynamodb', call));
  }
  if (reached.has('lib/data-api/data-api.ts')) {
    for (const [, command = ''] of textOf('lib/data-api/data-api.ts').matchAll(/\bnew (\w+)Command\(/g))
      actions.add(actionOf('rds-data', command));
    actions.add('secretsmanager:GetSecretValue'); // the Data API calls it on behalf of the caller
  }
  return [...actions].sort();
}
