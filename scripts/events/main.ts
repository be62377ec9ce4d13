import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  DeleteMessageCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { readDeployedStage } from '../../deploy/deployed-stage.ts';
import { tables } from '../../tables/index.ts';
import { startCommand } from '../start-command.ts';
import { type FailedEvents, run, usage } from './run.ts';

/** Exceeds the function's timeout of 300 s: other receivers do not get the message during the invocation. */
const hiddenForS = 310;

async function connect(stage: string): Promise<FailedEvents> {
  const { service, region, failedEventsUrl: QueueUrl } = await readDeployedStage(stage);
  const sqs = new SQSClient({ region, useQueueUrlAsEndpoint: false });
  const lambda = new LambdaClient({ region, maxAttempts: 1 });
  const invoke = async (event: unknown) => {
    const { FunctionError, Payload } = await lambda.send(
      new InvokeCommand({ FunctionName: `${service}-${stage}-refresh`, Payload: JSON.stringify(event) }),
    );
    if (FunctionError !== undefined) throw new Error(Payload?.transformToString() ?? FunctionError);
  };
  const [schema, table] = tables[0].relation.split('.');
  return {
    async receive() {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({
          QueueUrl,
          MaxNumberOfMessages: 10,
          WaitTimeSeconds: 2,
          VisibilityTimeout: hiddenForS,
        }),
      );
      return Messages.map(({ Body = '', ReceiptHandle = '' }) => ({ body: Body, receipt: ReceiptHandle }));
    },
    remove: async (ReceiptHandle) =>
      void (await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }))),
    purge: async () => void (await sqs.send(new PurgeQueueCommand({ QueueUrl }))),
    invoke,
    refresh: () => invoke({ source: 'offload', schema, table, operation: 'UPDATE' }),
  };
}

startCommand(usage);
process.exitCode = await run(process.argv.slice(2), {
  connect,
  write: (line) => process.stdout.write(`${line}\n`),
  writeError: (line) => process.stderr.write(`${line}\n`),
}).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  return 1;
});
