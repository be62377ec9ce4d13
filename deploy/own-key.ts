const roles = ['ListRole', 'RefreshRole', 'SweepRole', 'DocsRole'];
const logGroups = ['ListLogGroup', 'RefreshLogGroup', 'SweepLogGroup', 'DocsLogGroup', 'HttpApiLogGroup'];

/**
 * Encrypts the table, the queue and the logs with a KMS key of the account, and lets the roles read a secret and a token
 * that the key encrypts. The key policy must allow the region's logs service: see docs/operations.md.
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
              // Lambda sends failed events to the encrypted queue with the function's role.
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
