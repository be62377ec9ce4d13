/** What a client names when the server was started without other ARNs. The account is the one that cannot exist. */
export const defaultResourceArn = 'arn:aws:rds:us-east-1:000000000000:cluster:local';
export const defaultSecretArn = 'arn:aws:secretsmanager:us-east-1:000000000000:secret:local';

/** Both, as a request or the server's options have them. */
export const defaultArns = { resourceArn: defaultResourceArn, secretArn: defaultSecretArn };
