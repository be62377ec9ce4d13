const roles = ['ListRole', 'RefreshRole', 'SweepRole', 'DocsRole'];
const logGroups = ['ListLogGroup', 'RefreshLogGroup', 'SweepLogGroup', 'DocsLogGroup', 'HttpApiLogGroup'];

/**
 * Encryption of the table, the queue and the logs by a key of the account's own, and of the secret and the token where they
 * have it too. The key's own policy must let the logs' service of the region use it: see docs/operations.md.
 */
export function ownKey(arn: string, { region }: { region: string }) {
  if (arn === '') return { resources: {}, extensions: {} };
  const via = ['dynamodb', 'sqs', 'ssm', 'secretsmanager'].map(
    (service) => `${service}.${region}.amazonaws.com`,
  );
  return {
    resources: {
      KeyPolicy: {
        Type: 'AWS::IAM::Policy',
        Properties: {
          PolicyName: 'key',
          Roles: roles.map((role) => ({ Ref: role })),
          PolicyDocument: {
            Version: '2012-10-17',
            Statement: [
              {
                Effect: 'Allow',
                Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
                Resource: arn,
                Condition: { StringEquals: { 'kms:ViaService': via } },
              },
              // The failed events are sent by Lambda with the function's role; a queue's events are decrypted with it.
            ],
          },
        },
      },
    },
    extensions: {
      CacheTable: {
        Properties: { SSESpecification: { SSEEnabled: true, SSEType: 'KMS', KMSMasterKeyId: arn } },
      },
      FailedEvents: { Properties: { SqsManagedSseEnabled: { Ref: 'AWS::NoValue' }, KmsMasterKeyId: arn } },
      ...Object.fromEntries(logGroups.map((name) => [name, { Properties: { KmsKeyId: arn } }])),
    },
  };
}
