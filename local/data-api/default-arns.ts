/** The default ARNs. No AWS account has this number. */
export const defaultResourceArn = 'arn:aws:rds:us-east-1:000000000000:cluster:local';
export const defaultSecretArn = 'arn:aws:secretsmanager:us-east-1:000000000000:secret:local';

/** Both ARNs, as members of a request or of the server's options. */
export const defaultArns = { resourceArn: defaultResourceArn, secretArn: defaultSecretArn };
